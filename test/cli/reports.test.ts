// The words of every command but verify.

import { describe, expect, it } from 'vitest';

import { worstFailure } from '../../cli/commands/extract.ts';
import { worstLoss } from '../../cli/commands/repair.ts';
import { describeExtraction, describeSalvage } from '../../cli/reports/extraction.ts';
import { describeInspection } from '../../cli/reports/inspection.ts';
import { entryLine } from '../../cli/reports/listing.ts';
import { describeRecode } from '../../cli/reports/recode.ts';
import { remarkLines } from '../../shared/reports/words.ts';
import { createFormats } from '../../shared/reports/formats.ts';
import type { ArchiveEntry, ExtractReport, Remark, SalvageReport } from '../../shared/backup.ts';
import type { PlainError } from '../../shared/errors.ts';
import { inspection, recodeReport } from './fake-engine.ts';

const formats = createFormats('en', 'UTC');
const context = { formats, shownAs: 'my home.tar', keyLabels: ['home.txt'] };
const error = (code: PlainError['code']): PlainError => ({
  code,
  message: `message of ${code}`,
  hint: `hint of ${code}`,
});

describe('remarks', () => {
  const padded = (member: string): Remark => ({
    code: 'PADDED_GZIP_END',
    member,
    message: `“${member}” had padding.`,
  });

  it('that are alike are told as one from three on', () => {
    expect(remarkLines([padded('ha'), padded('ssl')])).toHaveLength(4);
    expect(
      remarkLines([padded('ha'), padded('ssl'), padded('share'), padded('media'), padded('ha')]),
    ).toEqual(['', 'Worth knowing:', '- “ha” had padding. The same is true of ssl, share, and media.']);
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
