// The verification of the library, and the policy behind it.

import { describe, expect, it } from 'vitest';

import type { LibraryDesk } from '../../cli/engine.ts';
import type { VerificationPolicy } from '../../shared/library.ts';
import { keyInfo } from '../support/key-info.ts';
import {
  backup,
  lockedVault,
  openVaultWith,
  plainError,
  POLICY,
  runWith,
  verificationPlan,
  type Ended,
} from './fake-library.ts';

const KEYS = [keyInfo()];

describe('library verify', () => {
  const found: { level?: string; kind?: string; copies?: string }[] = [];
  const desk: Partial<LibraryDesk> = {
    verificationPolicy: () => Promise.resolve(POLICY),
    verificationPlan: () => Promise.resolve(verificationPlan()),
    listBackups: () => Promise.resolve([backup()]),
    verifyBackups: (what, { level }) => {
      found.push({ ...what, ...(level === undefined ? {} : { level }) });
      const result = { path: '/backups/a.tar', status: 'good', message: 'Good.', error: null } as const;
      return Promise.resolve({ jobId: 9, results: [result], bytes: 1.5e9, durationMs: 2000 });
    },
  };

  it('verifies what is due, as the policy says, without an argument', async () => {
    const { exitCode, stdout } = await runWith(['library', 'verify'], desk, { engine: openVaultWith(KEYS) });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('1 backup: 1 good. 1.5 GB read in 2 sec.\n');
    expect(found.pop()).toEqual({ kind: 'due', level: 'full' });
  });

  it('takes a choice, a level and every copy', async () => {
    const argv = ['library', 'verify', '--all', '--deep', '--every-copy'];
    const { exitCode, stderr } = await runWith(argv, desk, { engine: openVaultWith(KEYS) });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Deep check:');
    expect(found.pop()).toEqual({ kind: 'filter', filter: {}, copies: 'every', level: 'deep' });
  });

  it('refuses a lock on the vault rather than to call every backup locked', async () => {
    const { exitCode, stdout } = await runWith(['library', 'verify'], desk, { engine: lockedVault() });
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(found).toEqual([]);
  });

  it('is no mistake where no file fits the choice', async () => {
    const [copy] = backup().copies;
    if (copy === undefined) throw new Error('The made-up backup has no file.');
    for (const found of [[], [backup({ copies: [{ ...copy, state: 'missing' }] })]]) {
      const { exitCode, stdout } = await runWith(
        ['library', 'verify', '--failed'],
        { ...desk, listBackups: () => Promise.resolve(found) },
        { engine: openVaultWith(KEYS) },
      );
      expect(exitCode).toBe(0);
      expect(stdout).toBe('No backup of your library fits what you chose.\n');
    }
  });

  it('goes on without a vault, and says what that means', async () => {
    const { exitCode, stderr } = await runWith(['library', 'verify', '--all'], desk);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('There is no vault here, so encrypted backups stay locked.');
    found.pop();
  });

  it.each([
    ['nothing is due', { due: [] }, 'Nothing is due: every backup was verified in the last 90 days.'],
    [
      'these are the quiet hours',
      { quietUntil: '2025-02-13T07:00:00Z' },
      'nothing is begun before Feb 13, 2025, 7:00 AM.',
    ],
    [
      'the budget is used up',
      { due: verificationPlan().due.map((one) => ({ ...one, today: false })) },
      "today's budget is not enough",
    ],
  ] as const)('begins nothing where %s', async (_, parts, words) => {
    const { exitCode, stdout } = await runWith(['library', 'verify', '--due'], {
      verificationPlan: () => Promise.resolve(verificationPlan(parts)),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(words);
  });

  it('names what is not good, with what can be done, and ends with the worst', async () => {
    const { exitCode, stdout, stderr } = await runWith(
      ['library', 'verify', '--all'],
      {
        ...desk,
        verifyBackups: () =>
          Promise.resolve({
            jobId: 9,
            results: [
              { path: '/backups/a.tar', status: 'good', message: 'Good.', error: null },
              { path: '/backups/b.tar', status: 'truncated', message: 'x', error: plainError('TRUNCATED') },
              { path: '/backups/c.tar', status: 'locked', message: 'No key fits.', error: null },
              { path: '/backups/d.tar', status: 'not-started', message: 'Not begun.', error: null },
            ],
            bytes: 1.5e9,
            durationMs: 2000,
          }),
      },
      { engine: openVaultWith(KEYS) },
    );
    expect(exitCode).toBe(130);
    expect(stdout).toBe(
      [
        '/backups/b.tar',
        '  cut off: message of TRUNCATED',
        '/backups/c.tar',
        '  without a fitting key: No key fits.',
        '',
        'To save what can still be read: strongroom salvage /backups/b.tar --out FOLDER',
        '',
        '4 backups: 1 good, 1 without a fitting key, 1 cut off, 1 not verified. 1.5 GB read in 2 sec.',
        '',
      ].join('\n'),
    );
    expect(stderr).toContain('strongroom jobs resume 9');
  });

  it.each([
    ['--due', '--all'],
    ['--every-copy', '--due'],
    ['--quick', '--deep'],
  ])('refuses %s with %s', async (...argv) => {
    expect((await runWith(['library', 'verify', ...argv], desk)).exitCode).toBe(2);
  });
});

describe('library policy', () => {
  async function policyAfter(...argv: string[]): Promise<{ ended: Ended; set: VerificationPolicy[] }> {
    const set: VerificationPolicy[] = [];
    const ended = await runWith(['library', 'policy', ...argv], {
      verificationPolicy: () => Promise.resolve(POLICY),
      setVerificationPolicy: (policy) => {
        set.push(policy);
        return Promise.resolve();
      },
    });
    return { ended, set };
  }

  it('only says it without an option', async () => {
    const { ended, set } = await policyAfter();
    expect(set).toEqual([]);
    expect(ended.stdout).toContain('Each backup is verified again after 90 days: every byte of it.');
  });

  it('changes what is named and nothing else', async () => {
    const { ended, set } = await policyAfter(
      '--gb-per-day',
      '0.5',
      '--quiet',
      '22-7',
      '--minutes-per-day',
      '30',
    );
    expect(set).toEqual([
      { ...POLICY, bytesPerDay: 5e8, minutesPerDay: 30, quietHours: { from: 22, to: 7 } },
    ]);
    expect(ended.stdout).toContain('At most 500 MB and 30 minutes a day.');
    expect(ended.stdout).toContain('Nothing is begun from 22:00 to 07:00.');
    expect((await policyAfter('--quiet', 'none', '--gb-per-day', 'none')).set).toEqual([POLICY]);
  });

  it.each([
    ['--quiet', '22'],
    ['--quiet', '7-7'],
    ['--quiet', '7-24'],
    ['--gb-per-day', '0'],
    ['--minutes-per-day', '1441'],
    ['--stale-days', '0'],
  ])('refuses %s %s', async (...argv) => {
    const { ended, set } = await policyAfter(...argv);
    expect({ exitCode: ended.exitCode, set }).toEqual({ exitCode: 2, set: [] });
  });
});
