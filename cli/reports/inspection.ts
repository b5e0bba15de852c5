// The answer of `inspect`: what this backup is, from its headers alone.

import type { BackupInspection, MemberInspection, Protection } from '../../shared/backup.ts';
import type { PlainError } from '../../shared/errors.ts';
import { quoteForShell } from '../../shared/reports/advice.ts';
import { printable } from '../../shared/reports/printable.ts';
import { formatTable } from '../../shared/reports/table.ts';
import {
  formatName,
  isOldFormat,
  remarkLines,
  type ReportContext,
  restoreLine,
} from '../../shared/reports/words.ts';

const PROTECTION: Readonly<Record<Protection, string>> = {
  none: 'It holds no parts, only its own description.',
  plain: 'It is not encrypted: everyone who has the file can read it.',
  encrypted: 'It is encrypted.',
  mixed: 'Some of its parts are encrypted and others are not.',
  unclear: 'Whether it is encrypted cannot be told from all of its parts.',
};

export function describeInspection(report: BackupInspection, context: ReportContext): string[] {
  const problems = [
    ...(report.problem === null ? [] : [sentence(report.problem)]),
    ...report.members.flatMap(({ title, problem }) =>
      problem === null ? [] : [`${title}: ${sentence(problem)}`],
    ),
  ];
  return [
    ...aboutBackup(report, context),
    ...formatLines(report, context),
    ...(report.members.length === 0 ? [] : ['', ...partsTable(report.members, context)]),
    ...(problems.length === 0 ? [] : ['', ...problems.map(printable)]),
    ...remarkLines(report.remarks),
  ];
}

/** Name, date, origin and size. */
export function aboutBackup({ metadata, sizeBytes }: BackupInspection, { formats }: ReportContext): string[] {
  const date = metadata.requestedDate ?? metadata.date;
  const made = date === null ? 'its date is not readable' : `made ${formats.date(date)}`;
  const versions = [
    ...(metadata.homeAssistantVersion === null ? [] : [`Home Assistant ${metadata.homeAssistantVersion}`]),
    ...(metadata.supervisorVersion === null ? [] : [`Supervisor ${metadata.supervisorVersion}`]),
  ];
  const kind = `${metadata.automatic === true ? 'automatic ' : ''}${metadata.type} backup`;
  return [
    `"${printable(metadata.name)}", ${made}`,
    printable([...versions, kind, formats.size(sizeBytes)].join(', ')),
  ];
}

function formatLines(report: BackupInspection, { shownAs }: ReportContext): string[] {
  const old = new Set(
    report.members.filter(({ variant }) => isOldFormat(variant)).map(({ variant }) => variant.slice(0, 2)),
  );
  const restore = restoreLine(report.restoreNeeds);
  const file = quoteForShell(shownAs);
  return [
    PROTECTION[report.protection],
    ...(old.size === 0
      ? []
      : [
          `Its encryption is of an old format (${[...old].join(', ')}). To bring it to the current one: strongroom migrate ${printable(file)}`,
        ]),
    ...(restore === null ? [] : [restore]),
  ];
}

function partsTable(members: readonly MemberInspection[], { formats }: ReportContext): string[] {
  return formatTable(
    [
      { title: 'Part' },
      { title: 'Name' },
      { title: 'Format' },
      { title: 'Size', align: 'right' },
      { title: 'Declared' },
    ],
    members.map((member) => [
      printable(member.title),
      printable(member.name),
      formatName(member.variant),
      formats.size(member.sizeBytes),
      declared(member),
    ]),
  );
}

/** The description's own claim, marked where the bytes say something else. */
function declared(member: MemberInspection): string {
  const claim = member.declaredEncrypted ? 'encrypted' : 'plain';
  const wrong =
    member.encrypted !== null && member.variant !== 'empty' && member.encrypted !== member.declaredEncrypted;
  return wrong ? `${claim} (not true)` : claim;
}

function sentence({ message, hint }: PlainError): string {
  return hint === undefined ? message : `${message} ${hint}`;
}
