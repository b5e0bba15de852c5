// docs/json.md and the result types say the same: every field of a report is documented, and no other.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { WORST_FIRST } from '../../cli/exit-code.ts';
import { DOCS as docs, documentedFields } from './json-docs.ts';

const root = join(import.meta.dirname, '../..');
const files = ['backup', 'keys', 'library', 'scheme', 'places', 'rotation', 'jobs', 'errors'].map(
  (name) => `shared/${name}.ts`,
);
const source = files.flatMap((path) =>
  ts
    .createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
    .statements.slice(),
);
const interfaces = new Map(
  source
    .filter(ts.isInterfaceDeclaration)
    .map((node) => [
      node.name.text,
      node.members.flatMap((field) => (field.name === undefined ? [] : [field.name.getText()])),
    ]),
);

const DOCUMENTED = [
  'PlainError',
  'Remark',
  'BackupInspection',
  'BackupMetadata',
  'AddonSummary',
  'MemberInspection',
  'RestoreNeeds',
  'BackupVerification',
  'MemberVerification',
  'Salvageable',
  'DeepResult',
  'DeepFinding',
  'RecodeReport',
  'RecodedMember',
  'ArchiveEntry',
  'ExtractReport',
  'ExtractedEntry',
  'SkippedEntry',
  'SalvageReport',
  'VaultStatus',
  'KeyInfo',
  'KeyWithUse',
  'ListedKey',
  'KeyUse',
  'KeyStrength',
  'AddedKey',
  'KitImportReport',
  'KitFileResult',
  'TypedKeyReport',
  'KeyPlace',
  'AdoptReport',
  'MatchReport',
  'BackupKeys',
  'KitSaved',
  'DrillReport',
  'CompromisedReport',
  'LibraryFolder',
  'WatchRule',
  'LibraryCopy',
  'LibraryBackup',
  'LastVerification',
  'UnreadableFile',
  'LibraryStatus',
  'ScanReport',
  'BatchRequest',
  'BatchPlan',
  'PlannedItem',
  'PlannedVolume',
  'BatchReport',
  'VerificationPolicy',
  'VerificationReport',
  'FoundContent',
  'SchemeRule',
  'SchemePlan',
  'FolderScheme',
  'SchemeItem',
  'SchemeReport',
  'RemovedFile',
  'UndoReport',
  'PlacesOverview',
  'LibraryPlace',
  'BackupPlaces',
  'CopyPlan',
  'PlannedCopy',
  'CopyReport',
  'RotationPlan',
  'RotationRequest',
  'RotationKey',
  'RotationCopy',
  'RotationStatus',
  'Job',
  'JobDetails',
  'JobCounts',
  'JobItem',
  'WatchEvent',
];

describe('docs/json.md', () => {
  it.each(DOCUMENTED)('documents every field of %s', (name) => {
    expect(documentedFields(name)).toEqual(interfaces.get(name));
  });

  it('documents every report type there is', () => {
    const asked = ['LibraryFilter', 'VerificationPlan', 'DueVerification', 'JobProgress'];
    const notPrinted = ['MemberKey', 'KeyMatch', 'Progress', 'ErrorParts', ...asked];
    expect([...interfaces.keys()].filter((name) => !notPrinted.includes(name)).sort()).toEqual(
      [...DOCUMENTED].sort(),
    );
  });

  it('names every value of every closed set that is printed', () => {
    const printed = [
      'MemberVariant',
      'MemberKind',
      'RemarkCode',
      'Protection',
      'VerifyLevel',
      'MemberStatus',
      'KeyState',
      'KeyOrigin',
      'UnlockWay',
      'BackupFormat',
      'RemovalPlace',
      'BatchOperation',
      'PlannedState',
      'PlaceFinding',
      'RotationState',
      'JobKind',
      'JobState',
      'JobItemState',
    ];
    const sets = [...printed, 'RecodeOperation', 'OriginalsPolicy', 'EntryType', 'ErrorCode'];
    for (const node of source.filter(ts.isTypeAliasDeclaration)) {
      if (!sets.includes(node.name.text) || !ts.isUnionTypeNode(node.type)) continue;
      for (const value of node.type.types.filter(ts.isLiteralTypeNode)) {
        expect(docs, `${node.name.text} ${value.getText()}`).toContain(`\`${value.getText().slice(1, -1)}\``);
      }
    }
  });

  it('has the exit codes in the order in which they win', () => {
    const section = docs.split('## Exit codes')[1]?.split('## ')[0] ?? '';
    const codes = [...section.matchAll(/^\| (\d+)\s*\|/gm)].map((match) => Number(match[1]));
    expect(codes).toEqual(WORST_FIRST.map(({ code }) => code));
  });
});
