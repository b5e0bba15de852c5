// The words of `verify`: five different answers, each with what to do next.

import { describe, expect, it } from 'vitest';

import { describeVerification, headline } from '../../cli/reports/verification.ts';
import { createFormats } from '../../shared/reports/formats.ts';
import type { BackupVerification } from '../../shared/backup.ts';
import type { PlainError } from '../../shared/errors.ts';
import { failedVerification, inspection, member, verification } from './fake-engine.ts';

const formats = createFormats('en', 'UTC');
const context = { formats, shownAs: 'my home.tar', keyLabels: ['home.txt'] };
const error = (code: PlainError['code']): PlainError => ({
  code,
  message: `message of ${code}`,
  hint: `hint of ${code}`,
});

describe('a good backup', () => {
  it.each<[string, Partial<BackupVerification>, string]>([
    ['with a key', {}, 'This backup opens with your key “home.txt” and every file in it can be read.'],
    [
      'plain',
      { members: [member({ keyLabel: null, variant: 'plain' })] },
      'This backup is not encrypted and every file in it can be read.',
    ],
    [
      'with two keys',
      { members: [member(), member({ keyLabel: 'old.txt' })] },
      'This backup opens with your keys “home.txt” and “old.txt” and every file in it can be read.',
    ],
    [
      'quickly checked',
      { level: 'quick' },
      'This backup opens with your key “home.txt”, and its structure is in order. The files inside were not read; "verify --full" does that.',
    ],
    [
      'deeply checked',
      { level: 'deep' },
      'This backup opens with your key “home.txt”, every file in it can be read, and its databases and settings are sound.',
    ],
    [
      'without parts',
      { members: [] },
      'This backup holds only its own description and no parts; there is nothing in it that could be broken.',
    ],
    [
      'that lacks a part',
      { inspection: inspection({ remarks: [{ code: 'MEMBER_MISSING', message: '“ssl” is not there.' }] }) },
      'This backup opens with your key “home.txt” and every file in it can be read. But a part that it lists is not in the file: see below.',
    ],
  ])('%s', (_, parts, expected) => {
    expect(headline(verification(parts), context)).toBe(expected);
  });

  it('has a table of its parts', () => {
    expect(describeVerification(verification(), context)).toEqual([
      'This backup opens with your key “home.txt” and every file in it can be read.',
      '',
      'Part            Format  Size  Entries  Result',
      'Home Assistant  v3      1 kB       12  good',
      '',
      'Checked in 0.2 sec (full).',
    ]);
  });
});

describe('the answers that are not good', () => {
  const cases: [string, BackupVerification, RegExp][] = [
    ['no key', failedVerification('locked', error('KEY_REQUIRED')), /encrypted, and no key was given/],
    [
      'wrong key',
      failedVerification('locked', error('WRONG_KEY')),
      /^Your key “home\.txt” does not open this backup\./,
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
    expect(lines[0]).toBe('Your key “home.txt” does not open 1 of its 2 parts.');
    expect(lines).toContain('Folder ssl: message of WRONG_KEY');
  });
});
