// The words: five different answers, each with what to do next.

import { describe, expect, it } from 'vitest';

import { worstFailure } from '../../cli/commands/extract.ts';
import { worstLoss } from '../../cli/commands/repair.ts';
import { describeExtraction, describeSalvage } from '../../cli/reports/extraction.ts';
import { describeInspection } from '../../cli/reports/inspection.ts';
import { entryLine } from '../../cli/reports/listing.ts';
import { describeRecode } from '../../cli/reports/recode.ts';
import { remarkLines } from '../../cli/reports/words.ts';
import { describeVerification, headline } from '../../cli/reports/verification.ts';
import { createFormats } from '../../cli/terminal/formats.ts';
import type {
  ArchiveEntry,
  BackupVerification,
  ExtractReport,
  Remark,
  SalvageReport,
} from '../../shared/backup.ts';
import type { PlainError } from '../../shared/errors.ts';
import { failedVerification, inspection, member, recodeReport, verification } from './fake-engine.ts';

const formats = createFormats('en', 'UTC');
const context = { formats, shownAs: 'my home.tar', keyLabels: ['home.txt'] };
const error = (code: PlainError['code']): PlainError => ({
  code,
  message: `message of ${code}`,
  hint: `hint of ${code}`,
});

describe('a good backup', () => {
  it.each<[string, Partial<BackupVerification>, string]>([
    ['with a key', {}, "This backup opens with your key 'home.txt' and every file in it can be read."],
    [
      'plain',
      { members: [member({ keyLabel: null, variant: 'plain' })] },
      'This backup is not encrypted and every file in it can be read.',
    ],
    [
      'with two keys',
      { members: [member(), member({ keyLabel: 'old.txt' })] },
      "This backup opens with your keys 'home.txt' and 'old.txt' and every file in it can be read.",
    ],
    [
      'quickly checked',
      { level: 'quick' },
      'This backup opens with your key \'home.txt\', and its structure is in order. The files inside were not read; "verify --full" does that.',
    ],
    [
      'deeply checked',
      { level: 'deep' },
      "This backup opens with your key 'home.txt', every file in it can be read, and its databases and settings are sound.",
    ],
    [
      'without parts',
      { members: [] },
      'This backup holds only its own description and no parts; there is nothing in it that could be broken.',
    ],
    [
      'that lacks a part',
      { inspection: inspection({ remarks: [{ code: 'MEMBER_MISSING', message: '“ssl” is not there.' }] }) },
      "This backup opens with your key 'home.txt' and every file in it can be read. But a part that it lists is not in the file: see below.",
    ],
  ])('%s', (_, parts, expected) => {
    expect(headline(verification(parts), context)).toBe(expected);
  });

  it('has a table of its parts', () => {
    expect(describeVerification(verification(), context)).toEqual([
      "This backup opens with your key 'home.txt' and every file in it can be read.",
      '',
      'Part            Format  Size  Entries  Result',
      'Home Assistant  v3      1 kB       12  good',
      '',
      'Checked in 0.2 sec (full).',
    ]);
  });
});

describe('remarks', () => {
  const padded = (member: string): Remark => ({
    code: 'PADDED_GZIP_END',
    member,
    message: `“${member}” had padding.`,
  });

  it('that are alike are told as one from three on', () => {
    expect(remarkLines([padded('ha'), padded('ssl')])).toHaveLength(4);
    expect(remarkLines([padded('ha'), padded('ssl'), padded('share'), padded('media')])).toEqual([
      '',
      'Worth knowing:',
      '- “ha” had padding. The same is true of ssl, share, and media.',
    ]);
  });

  it('are said once, and none is lost', () => {
    const secrets = ['a', 'b', 'c'].map((what): Remark => ({
      code: 'SECRETS_IN_METADATA',
      message: `It holds ${what}.`,
    }));
    expect(remarkLines([...secrets, ...secrets])).toEqual([
      '',
      'Worth knowing:',
      '- It holds a.',
      '- It holds b.',
      '- It holds c.',
    ]);
    expect(remarkLines([])).toEqual([]);
  });
});

describe('the answers that are not good', () => {
  const cases: [string, BackupVerification, RegExp][] = [
    ['no key', failedVerification('locked', error('KEY_REQUIRED')), /encrypted, and no key was given/],
    [
      'wrong key',
      failedVerification('locked', error('WRONG_KEY')),
      /^Your key 'home\.txt' does not open this backup\./,
    ],
    [
      'damaged',
      failedVerification('damaged', error('DAMAGED_PAYLOAD')),
      /^This backup is damaged: 1 of 1 part/,
    ],
    [
      'cut off',
      failedVerification('truncated', error('TRUNCATED')),
      /^This backup is cut off: the file ends too early/,
    ],
    [
      'newer',
      failedVerification('unsupported', error('UNSUPPORTED_VERSION')),
      /a format that this version of Strongroom does not know/,
    ],
  ];

  it.each(cases)('%s', (_, report, expected) => {
    const keyLabels = report.error?.code === 'KEY_REQUIRED' ? [] : ['home.txt'];
    const [first, ...rest] = describeVerification(report, { ...context, keyLabels });
    expect(first).toMatch(expected);
    expect(rest).toContain('What to do:');
    expect(rest).toContain(`- hint of ${report.error?.code}`);
  });

  it('are all different', () => {
    const lines = cases.map(([, report]) => headline(report, { ...context, keyLabels: ['home.txt'] }));
    expect(new Set(lines).size).toBe(lines.length - 1); // no key and wrong key differ by what was given
  });

  it('name the command that saves the rest, ready to be pasted', () => {
    const lines = describeVerification(failedVerification('damaged', error('DAMAGED_PAYLOAD')), context);
    expect(lines).toContain(
      "- To save what can still be read: strongroom salvage 'my home.tar' --out FOLDER",
    );
  });

  it('say how much there is before the damage', () => {
    const broken = member({
      status: 'damaged',
      error: error('DAMAGED_PAYLOAD'),
      salvageable: { entryCount: 3, bytes: 5000, lastGoodEntry: 'x' },
    });
    const lines = describeVerification(
      verification({ status: 'damaged', members: [broken], error: broken.error }),
      context,
    );
    expect(lines).toContain('  Before the damage 3 entries (5 kB) can be saved.');
  });

  it('tell which part needs another key', () => {
    const report = verification({
      status: 'locked',
      error: error('WRONG_KEY'),
      members: [
        member(),
        member({ title: 'Folder ssl', status: 'locked', keyLabel: null, error: error('WRONG_KEY') }),
      ],
    });
    const lines = describeVerification(report, context);
    expect(lines[0]).toBe("Your key 'home.txt' does not open 1 of its 2 parts.");
    expect(lines).toContain('Folder ssl: message of WRONG_KEY');
  });
});

describe('inspect', () => {
  it('marks a declaration that is not true, and offers the migration', () => {
    const lines = describeInspection(
      inspection({
        members: [
          {
            name: 'homeassistant',
            storedName: './homeassistant.tar.gz',
            kind: 'homeassistant',
            title: 'Home Assistant',
            sizeBytes: 1000,
            plaintextSizeBytes: 900,
            variant: 'v2',
            declaredEncrypted: false,
            encrypted: true,
            compressed: true,
            modified: null,
            problem: error('DAMAGED_HEADER'),
          },
        ],
      }),
      context,
    );
    expect(lines).toEqual([
      '"Nightly", made Feb 13, 2025, 9:36 AM',
      'Home Assistant 2025.2.2, Supervisor 2025.02.1, automatic full backup, 1.5 kB',
      'It is encrypted.',
      "Its encryption is of an old format (v2). To bring it to the current one: strongroom migrate 'my home.tar'",
      '',
      'Part            Name           Format    Size  Declared',
      'Home Assistant  homeassistant  v2 (old)  1 kB  plain (not true)',
      '',
      'Home Assistant: message of DAMAGED_HEADER hint of DAMAGED_HEADER',
    ]);
  });
});

describe('recode', () => {
  it.each([
    ['keep', { originals: 'keep', originalPath: '/home.tar.orig' }, 'The original is kept: /home.tar.orig'],
    [
      'quarantine',
      { originals: 'quarantine', originalPath: '/q/home.tar' },
      'The original is in quarantine: /q/home.tar',
    ],
    ['trash', { originals: 'trash', originalPath: null }, 'The original is in the trash.'],
    ['untouched', { originals: 'untouched', originalPath: null }, 'The original is untouched.'],
  ] as const)('says where the original is: %s', (_, parts, expected) => {
    const lines = describeRecode(recodeReport(parts), context);
    expect(lines).toContain(expected);
    expect(lines).toContain('Restoring it needs Home Assistant 2026.3 with Supervisor 2026.02.3 or newer.');
    expect(lines).toContain('v2 (old) to v3: 1 part');
  });

  it('says that there was nothing to do', () => {
    const report = recodeReport({ outcome: 'nothing-to-do', message: 'It is v3 already.', members: [] });
    expect(describeRecode(report, context)).toEqual(['Nothing to do. It is v3 already.']);
  });
});

describe('extract and salvage', () => {
  const extraction: ExtractReport = {
    path: '/home.tar',
    folder: '/out',
    fileCount: 2,
    bytes: 3000,
    renamed: [{ member: 'ha', name: 'a:b', writtenAs: 'ha/a_b', sizeBytes: 1 }],
    links: [{ member: 'ha', name: 'link', target: '/config' }],
    skipped: [{ member: 'ha', name: '../x', reason: 'It leads outside.' }],
    failures: [
      { member: 'ssl', error: error('WRONG_KEY') },
      { member: 'share', error: error('TRUNCATED') },
    ],
    durationMs: 100,
  };

  it('lists what was left out, renamed and linked', () => {
    expect(describeExtraction(extraction, context)).toEqual(
      expect.arrayContaining([
        '2 files (3 kB) extracted to /out. What is missing is listed below.',
        '- ssl: message of WRONG_KEY',
        '- ha: ../x: It leads outside.',
        '- ha: a:b is now ha/a_b',
        '- ha: link leads to /config',
      ]),
    );
    expect(worstFailure(extraction)?.code).toBe('TRUNCATED');
    const whole = { ...extraction, failures: [] };
    expect(worstFailure(whole)).toMatchObject({
      code: 'OUTPUT_REFUSED',
      message: expect.stringContaining('1 entry'),
    });
    const unmatched = { member: '', name: '*.yml', reason: 'the pattern matches nothing in it' };
    expect(worstFailure({ ...whole, skipped: [unmatched] })).toMatchObject({ code: 'USAGE' });
    expect(worstFailure({ ...whole, skipped: [] })).toBeNull();
  });

  it('lists the first of very many only', () => {
    const skipped = Array.from({ length: 50 }, (_, index) => ({
      member: 'ha',
      name: `f${index}`,
      reason: 'No.',
    }));
    expect(describeExtraction({ ...extraction, skipped }, context)).toContain(
      '- and 30 more; --json lists them all.',
    );
  });

  it('says what salvage could not save', () => {
    const part = { entryCount: 1, bytes: 10, lastGoodEntry: null, error: null };
    const report: SalvageReport = {
      path: '/home.tar',
      outputPath: '/out/home.tar',
      members: [
        { ...part, name: 'ha', status: 'partial', lastGoodEntry: 'data/x', error: error('DAMAGED_PAYLOAD') },
        { ...part, name: 'ssl', status: 'complete' },
      ],
      missing: ['share'],
      remarks: [],
      durationMs: 100,
    };
    const lines = describeSalvage(report, context);
    expect(lines[0]).toBe('1 of 3 parts could be saved wholly, 1 partly.');
    expect(lines).toContain('- ha: message of DAMAGED_PAYLOAD The last whole entry is data/x.');
    expect(lines).toContain('- share');
    expect(worstLoss(report)?.code).toBe('DAMAGED_PAYLOAD');
    const [, whole] = report.members;
    const complete = { ...report, members: whole === undefined ? [] : [whole], missing: [] };
    expect(describeSalvage(complete, context)[0]).toBe('Everything in this backup could be saved.');
    expect(worstLoss(complete)).toBeNull();
    expect(worstLoss({ ...complete, missing: ['share'] })?.code).toBe('TRUNCATED');
  });
});

describe('ls', () => {
  const entry: ArchiveEntry = {
    member: 'homeassistant',
    name: './data/a.yaml',
    type: 'file',
    sizeBytes: 1500,
    mode: 0o644,
    modified: '2025-02-13T09:36:12.000Z',
    linkTarget: null,
  };

  it.each([
    [{}, '   1.5 kB  2025-02-13 09:36  homeassistant     data/a.yaml'],
    [{ type: 'directory', name: './data' }, '        -  2025-02-13 09:36  homeassistant     data/'],
    [
      { type: 'symlink', linkTarget: '/config' },
      '        -  2025-02-13 09:36  homeassistant     data/a.yaml -> /config',
    ],
    [{ modified: null, name: 'x\u001by' }, '   1.5 kB                    homeassistant     x\\u{1b}y'],
    [
      { type: 'hardlink', linkTarget: './data/b.yaml' },
      '        -  2025-02-13 09:36  homeassistant     data/a.yaml is the same file as data/b.yaml',
    ],
  ] as [Partial<ArchiveEntry>, string][])('%j', (parts, expected) => {
    expect(entryLine({ ...entry, ...parts }, formats, {})).toBe(expected);
  });

  it('prints names alone', () => {
    expect(entryLine(entry, formats, { names: true })).toBe('data/a.yaml');
  });
});
