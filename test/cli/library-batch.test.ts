// migrate, encrypt and rekey of the library: the plan, the yes, the work, the report.

import { describe, expect, it } from 'vitest';

import type { LibraryDesk } from '../../cli/engine.ts';
import { keyInfo } from '../support/key-info.ts';
import { fakeHost } from './fake-host.ts';
import {
  answering,
  batchPlan,
  batchReport,
  fakeLibrary,
  job,
  openVaultWith,
  plainError,
  plannedItem,
  runAt,
  runWith,
} from './fake-library.ts';

const KEYS = [keyInfo()];

describe('library migrate', () => {
  const blocked = plannedItem({
    path: '/backups/lost.tar',
    state: 'blocked',
    message: 'None of your keys opens it.',
    error: plainError('WRONG_KEY', 'Bring its key in.'),
  });

  it('needs a yes beforehand where nobody can be asked', async () => {
    const { exitCode, stderr } = await runWith(['library', 'migrate', '--all'], {});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('strongroom library plan migrate');
    expect(stderr).toContain('--yes');
  });

  it('needs a vault', async () => {
    const { exitCode, stderr } = await runWith(['library', 'migrate', '--all', '--yes'], {});
    expect(exitCode).toBe(3);
    expect(stderr).toContain('strongroom vault init');
  });

  it('plans, works and reports; what could not be done decides the exit code', async () => {
    const requests: unknown[] = [];
    const { exitCode, stdout, stderr } = await runWith(
      ['library', 'migrate', '--all', '--yes', '--originals', 'quarantine', '--quarantine-days', '9'],
      {
        planBatch: (request, filter) => {
          requests.push(request, filter);
          return Promise.resolve(batchPlan({ request, items: [plannedItem(), blocked] }));
        },
        runBatch: (plan) => Promise.resolve(batchReport({ request: plan.request })),
      },
      { engine: openVaultWith(KEYS) },
    );
    expect(requests).toEqual([
      { operation: 'migrate', originals: 'quarantine', quarantineDays: 9, newKeyId: null, format: 'v3' },
      {},
    ]);
    expect(exitCode).toBe(3);
    expect(stdout).toBe(
      [
        '/backups/old.tar: Migrated 7 parts.',
        '',
        'These could not be done and were left alone:',
        '  /backups/lost.tar: message of WRONG_KEY',
        '',
        'Bring its key in.',
        'To take its key into your vault: strongroom keys add --against /backups/lost.tar',
        '',
        '2 backups: 1 migrated, 1 left alone. 1.5 GB became 1.5 GB in 1 min.',
        'The originals are in quarantine; --json says where each one is.',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('strongroom: note: 1 of 2 backups will be migrated: 1.5 GB in about 1 min.\n');
  });

  it('prints plan and report as one document', async () => {
    const { exitCode, stdout } = await runWith(
      ['library', 'migrate', '--all', '--yes', '--json'],
      { planBatch: () => Promise.resolve(batchPlan()), runBatch: () => Promise.resolve(batchReport()) },
      { engine: openVaultWith(KEYS) },
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'library migrate',
      results: [{ report: { plan: { items: [{ state: 'do' }] }, report: { jobId: 7 } }, error: null }],
      exitCode: 0,
    });
  });

  it('makes no job where there is nothing to do', async () => {
    const { exitCode, stdout } = await runWith(
      ['library', 'migrate', '--all', '--yes'],
      { planBatch: () => Promise.resolve(batchPlan({ items: [plannedItem({ state: 'nothing-to-do' })] })) },
      { engine: openVaultWith(KEYS) },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toBe('With 1 backup there is nothing to do.\n');
  });

  it('shows the plan and asks at a terminal, and changes nothing after a no', async () => {
    const many = Array.from({ length: 25 }, (_, index) => plannedItem({ path: `/backups/${index}.tar` }));
    const host = fakeHost({
      terminal: true,
      engine: {
        ...fakeLibrary({ planBatch: () => Promise.resolve(batchPlan({ items: many })) }),
        ...openVaultWith(KEYS),
      },
    });
    answering(host, 'Go on? [y/N]', 'n');
    const { exitCode, stdout, stderr } = await runAt(host, ['library', 'migrate', '--all']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr).toContain('This is the plan:');
    expect(stderr).toContain('/backups/19.tar');
    expect(stderr).not.toContain('/backups/20.tar');
    expect(stderr).toContain('and 5 more (all of them: strongroom library plan migrate …)');
    expect(stderr).toContain(
      'Room at /backups: 1.5 GB needed, 100 GB free; 1.5 GB more are used afterwards.',
    );
    expect(stderr).toContain('Restoring it needs Home Assistant 2026.3');
    expect(stderr).toContain('The originals stay beside them, with .orig behind the name.');
    expect(stderr).toContain('Nothing was changed.');
  });

  it.each([
    ['stopped', batchReport({ state: 'cancelled' }), 130, 'Stopped at your request.'],
    [
      'out of room',
      batchReport({ state: 'failed', error: plainError('NO_SPACE') }),
      8,
      'error: message of NO_SPACE',
    ],
    ['paused', batchReport({ state: 'paused' }), 130, 'Job 7 has not ended.'],
  ] as const)('that is %s says how to go on', async (_, report, code, words) => {
    const { exitCode, stdout, stderr } = await runWith(
      ['library', 'migrate', '--all', '--yes'],
      { planBatch: () => Promise.resolve(batchPlan()), runBatch: () => Promise.resolve(report) },
      { engine: openVaultWith(KEYS) },
    );
    expect(exitCode).toBe(code);
    expect(stdout).toContain('1 backup: 1 migrated.');
    expect(stderr).toContain(words);
    expect(stderr).toContain('strongroom jobs resume 7');
  });

  it('tells of each file that has ended, where no line can be drawn again', async () => {
    const { stderr } = await runWith(
      ['library', 'migrate', '--all', '--yes'],
      {
        planBatch: () => Promise.resolve(batchPlan()),
        runBatch: (_, { onEvent }) => {
          const ended = {
            position: 0,
            path: '/backups/old.tar',
            sizeBytes: 1,
            attempts: 1,
            startedAt: null,
            endedAt: null,
          };
          onEvent?.({ kind: 'job', job: job({ state: 'running' }) });
          onEvent?.({
            kind: 'item',
            jobId: 7,
            item: { ...ended, state: 'running', message: null, error: null },
          });
          onEvent?.({
            kind: 'item',
            jobId: 7,
            item: { ...ended, state: 'done', message: 'Migrated.', error: null },
          });
          const error = plainError('DAMAGED_PAYLOAD');
          onEvent?.({
            kind: 'item',
            jobId: 7,
            item: { ...ended, state: 'failed', message: error.message, error },
          });
          return Promise.resolve(batchReport());
        },
      },
      { engine: openVaultWith(KEYS) },
    );
    expect(stderr.split('\n').slice(1)).toEqual([
      'strongroom: note: Job 7: Migrate 12 backups.',
      'strongroom: note: /backups/old.tar: Migrated.',
      'strongroom: error: /backups/old.tar: message of DAMAGED_PAYLOAD',
      '',
    ]);
  });
});

describe('library encrypt and rekey', () => {
  const asked: unknown[] = [];
  const desk: Partial<LibraryDesk> = {
    planBatch: (request) => {
      asked.push(request.newKeyId);
      return Promise.resolve(batchPlan({ request, items: [] }));
    },
  };
  const two = [keyInfo(), keyInfo({ id: 'key-2', label: 'Home 2027' })];

  it('encrypt takes the one key that is in use, and says so', async () => {
    const retired = keyInfo({ id: 'key-0', label: 'Old', state: 'retired' });
    const { exitCode, stdout, stderr } = await runWith(['library', 'encrypt', '--all', '--yes'], desk, {
      engine: openVaultWith([retired, ...KEYS]),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('No backup of your library fits what you chose.\n');
    expect(stderr).toContain('Encrypting with your key “Home 2025”.');
    expect(asked.pop()).toBe('key-1');
  });

  it.each(['encrypt', 'rekey'])('%s wants to be told which of several keys', async (operation) => {
    const { exitCode, stderr } = await runWith(['library', operation, '--all', '--yes'], desk, {
      engine: openVaultWith(two),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--new-vault-key');
  });

  it('take the key that is named, but none that is retired', async () => {
    const named = ['library', 'rekey', '--all', '--yes', '--new-vault-key', 'Home 2027'];
    expect((await runWith(named, desk, { engine: openVaultWith(two) })).exitCode).toBe(0);
    expect(asked.pop()).toBe('key-2');
    const retired = openVaultWith([keyInfo({ label: 'Home 2027', state: 'retired' })]);
    expect((await runWith(named, desk, { engine: retired })).exitCode).toBe(2);
  });

  it('let the person choose at a terminal', async () => {
    const host = fakeHost({ terminal: true, engine: { ...fakeLibrary(desk), ...openVaultWith(two) } });
    answering(host, 'Its number', '2');
    expect((await runAt(host, ['library', 'rekey', '--all'])).exitCode).toBe(0);
    expect(asked.pop()).toBe('key-2');
    const stopping = fakeHost({ terminal: true, engine: { ...fakeLibrary(desk), ...openVaultWith(two) } });
    answering(stopping, 'Its number', '');
    expect((await runAt(stopping, ['library', 'rekey', '--all'])).exitCode).toBe(130);
  });
});
