// scheme plan, explain, apply, undo, pin: the plan in words, the yes, the work, the report.

import { describe, expect, it } from 'vitest';

import type { RemovedFile, SchemeItem, SchemePlan, SchemeReport, SchemeRule } from '../../shared/scheme.ts';
import { fakeHost } from './fake-host.ts';
import {
  answering,
  backup,
  fakeLibrary,
  folder,
  lockedVault,
  plainError,
  runAt,
  runWith,
} from './fake-library.ts';

const RULE: SchemeRule = { policy: 'standard', to: 'quarantine', undoDays: 30 };

function item(name: string, decision: Omit<SchemeItem['decision'], 'id'>, date: string | null): SchemeItem {
  return {
    ...{ identity: name, name, date, instanceId: null, verification: 'none', isPinned: false },
    ...{ paths: [`/backups/${name}.tar`], sizeBytes: 1.5e9 },
    decision: { id: name, ...decision } as SchemeItem['decision'],
  };
}

const ITEMS = [
  item('future', { keeps: true, reasons: [{ kind: 'future' }] }, '2030-01-01T00:00:00Z'),
  item(
    'newest',
    {
      keeps: true,
      reasons: [
        { kind: 'newest' },
        { kind: 'last-verified' },
        { kind: 'rule', rule: 'daily', number: 1, of: 7, period: '2025-02-13', isOldest: false },
      ],
    },
    '2025-02-13T09:36:00Z',
  ),
  item(
    'same week',
    {
      keeps: false,
      reasons: [
        { kind: 'covered', rule: 'weekly', period: '2025-W07', by: 'newest' },
        { kind: 'covered', rule: 'monthly', period: '2025-02', by: 'newest' },
        { kind: 'used-up', rule: 'daily', of: 7 },
      ],
    },
    '2025-02-12T09:36:00Z',
  ),
  item('bad', { keeps: false, reasons: [{ kind: 'failed' }] }, '2025-02-11T09:36:00Z'),
  item(
    'oldest',
    {
      keeps: true,
      reasons: [{ kind: 'rule', rule: 'monthly', number: 2, of: 12, period: '2025-01', isOldest: true }],
    },
    '2025-01-01T00:00:00Z',
  ),
];

function plan(parts: Partial<SchemePlan> = {}): SchemePlan {
  return {
    rule: RULE,
    timeZone: 'UTC',
    madeAt: '2025-02-14T00:00:00Z',
    folders: [
      {
        ...{ folder: '/backups', items: ITEMS, keptCount: 3, removedCount: 2 },
        ...{ keptBytes: 4.5e9, freedBytes: 3e9, asks: 'first-run' },
      },
    ],
    left: [],
    ...parts,
  };
}

const NOTHING = plan({
  folders: [
    {
      ...{ folder: '/backups', items: ITEMS.slice(0, 2), keptCount: 2, removedCount: 0 },
      ...{ keptBytes: 3e9, freedBytes: 0, asks: null },
    },
  ],
});

function report(parts: Partial<SchemeReport> = {}): SchemeReport {
  return {
    ...{ jobId: 7, folder: '/backups', rule: RULE, state: 'done', error: null },
    items: [
      {
        ...{ path: '/backups/bad.tar', outcome: 'removed', message: 'In quarantine.', error: null },
        ...{ sizeBytes: 1.5e9, keptAt: '/backups/Strongroom quarantine/bad.tar' },
      },
    ],
    ...{ freedBytes: 1.5e9, undoUntil: '2025-03-16T00:00:00Z' },
    ...parts,
  };
}

const asked: unknown[] = [];
const able = {
  schemeRule: () => Promise.resolve(RULE),
  planScheme: (rule: SchemeRule, options: unknown) => {
    asked.push(rule, options);
    return Promise.resolve(plan({ rule }));
  },
};

describe('scheme plan', () => {
  it('says of each backup whether it stays and why, and what that frees', async () => {
    const { exitCode, stdout } = await runWith(['scheme', 'plan'], able, { engine: lockedVault() });
    expect(exitCode).toBe(0);
    const squeezed = stdout.replaceAll(/ {2,}/g, ' ');
    expect(squeezed).toContain(
      'Kept: standard (daily=7,weekly=4,monthly=12,yearly=3). The rest goes to quarantine beside it',
    );
    expect(squeezed).toContain('/backups: of 5 backups 3 stay, 2 go, 3 GB.');
    expect(squeezed).toMatch(/stays .* future 1\.5 GB made in the future/);
    expect(squeezed).toMatch(/stays .* newest 1\.5 GB the newest, last verified, daily 1 of 7/);
    expect(squeezed).toMatch(/goes Feb 12, 2025 same week 1\.5 GB week: Feb 13 stays · 7 daily are newer\n/);
    expect(squeezed).toMatch(/goes .* bad 1\.5 GB failed its last verification/);
    expect(squeezed).toMatch(/stays .* oldest 1\.5 GB monthly 2 of 12 \(the oldest\)/);
    expect(squeezed).toContain(
      '2 of 5 backups would go to quarantine: frees 3 GB, once 30 days in quarantine are over.',
    );
  });

  it('takes policy, place, days and folders as given, and the rest as used last', async () => {
    asked.length = 0;
    const args = ['--policy', 'daily=3', '--undo-days', '9', '--folder', '/backups'];
    await runWith(
      ['scheme', 'plan', '--json', ...args],
      { ...able, folders: () => Promise.resolve([folder()]) },
      { engine: lockedVault() },
    );
    expect(asked).toMatchObject([
      { policy: 'daily=3', to: 'quarantine', undoDays: 9 },
      { folders: ['/backups'] },
    ]);
  });

  it('of a library without folders says so', async () => {
    const { exitCode, stdout } = await runWith(
      ['scheme', 'plan'],
      { ...able, planScheme: () => Promise.resolve(plan({ folders: [] })) },
      { engine: lockedVault() },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('There is no folder in your library yet.');
  });

  it('of rules without periods names the rule', async () => {
    const reasons = [
      { kind: 'used-up', rule: 'last', of: 3 },
      { kind: 'used-up', rule: 'yearly', of: 1 },
    ] as const;
    const items = [item('fourth', { keeps: false, reasons }, '2025-02-11T09:36:00Z')];
    const folders = [{ ...plan().folders[0]!, items, keptCount: 0, removedCount: 1 }];
    const { stdout } = await runWith(
      ['scheme', 'plan'],
      { ...able, planScheme: () => Promise.resolve(plan({ folders })) },
      { engine: lockedVault() },
    );
    expect(stdout).toMatch(/goes .* fourth .* 1 yearly is newer · not among the last 3\n/);
  });

  it('counts one as one', async () => {
    const [folderOfTwo] = plan({
      folders: [{ ...plan().folders[0]!, items: ITEMS.slice(2, 4), keptCount: 1, removedCount: 1 }],
    }).folders;
    const { stdout } = await runWith(
      ['scheme', 'plan'],
      { ...able, planScheme: () => Promise.resolve(plan({ folders: [folderOfTwo!] })) },
      { engine: lockedVault() },
    );
    expect(stdout).toContain('/backups: of 2 backups 1 stays, 1 goes, 3 GB.');
  });

  it('fails where something could not be looked at', async () => {
    const left = [{ folder: '/away', problem: plainError('IO_FAILED', 'Connect it.') }];
    const { exitCode, stdout } = await runWith(
      ['scheme', 'plan'],
      { ...able, planScheme: () => Promise.resolve(plan({ folders: [], left })) },
      { engine: lockedVault() },
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('/away is left alone: message of IO_FAILED Connect it.');
    expect(stdout).toContain('Nothing would go.');
  });

  it.each([
    ['--policy', 'dayly=3'],
    ['--to', 'trash', '--undo-days', '3'],
    ['--undo-days', '9999'],
  ])('refuses what makes no sense: %s %s', async (...args) => {
    expect((await runWith(['scheme', 'plan', ...args], {})).exitCode).toBe(2);
  });
});

describe('scheme explain', () => {
  it('says why one backup stays or goes', async () => {
    const { stdout } = await runWith(['scheme', 'explain', '/backups/bad.tar'], able, {
      engine: lockedVault(),
    });
    expect(stdout.split('\n')).toEqual([
      'bad, made Feb 11, 2025, 9:36 AM, would go from /backups:',
      '  failed its last verification',
      '',
    ]);
  });

  it('gives each reason in full', async () => {
    const { stdout } = await runWith(['scheme', 'explain', '/backups/same week.tar'], able, {
      engine: lockedVault(),
    });
    expect(stdout.split('\n').slice(1)).toEqual([
      '  another one of that week stays, made Feb 13, 2025, 9:36 AM',
      '  the 7 daily backups that stay are newer',
      '',
    ]);
  });

  it('of a file that is none of the library is refused', async () => {
    const run = await runWith(['scheme', 'explain', '/elsewhere.tar'], able, { engine: lockedVault() });
    expect(run.exitCode).toBe(2);
  });
});

describe('scheme apply', () => {
  it('needs a yes beforehand where nobody can be asked', async () => {
    const { exitCode, stderr } = await runWith(['scheme', 'apply'], {});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('strongroom scheme plan');
    expect(stderr).toContain('--yes');
  });

  it('says what went and how it comes back', async () => {
    const { exitCode, stdout, stderr } = await runWith(
      ['scheme', 'apply', '--yes'],
      { ...able, runScheme: () => Promise.resolve([report()]) },
      { engine: lockedVault() },
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain('2 of 5 backups would go to quarantine');
    expect(stdout).toContain('From /backups these went to quarantine:\n  /backups/bad.tar\n');
    expect(stdout).toContain('1 file removed: 1.5 GB, once 30 days in quarantine are over.');
    expect(stdout).toContain('they can be brought back: strongroom scheme undo');
  });

  it('says which one could not be read where it removed nothing', async () => {
    const failed = report({
      state: 'failed',
      error: plainError('TRUNCATED', 'Scan and plan anew.'),
      items: [{ ...report().items[0]!, outcome: 'not-started', keptAt: null }],
      freedBytes: 0,
      undoUntil: null,
    });
    const { exitCode, stdout, stderr } = await runWith(
      ['scheme', 'apply', '--yes'],
      { ...able, runScheme: () => Promise.resolve([failed]) },
      { engine: lockedVault() },
    );
    expect(exitCode).toBe(5);
    expect(stdout).toBe('/backups: 0 files removed. 1 file not begun.\n');
    expect(stderr).toContain('message of TRUNCATED');
  });

  it('shows the plan and asks at a terminal, and changes nothing after a no', async () => {
    const host = fakeHost({ terminal: true, engine: { ...fakeLibrary(able), ...lockedVault() } });
    answering(host, 'Go on? [y/N]', 'n');
    const { exitCode, stderr } = await runAt(host, ['scheme', 'apply']);
    expect(exitCode).toBe(130);
    expect(stderr).toContain('failed its last verification');
    expect(stderr).toContain('Nothing was changed.');
  });

  it('names only what goes before it asks, and of that not hundreds', async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      item(`old ${index}`, { keeps: false, reasons: [{ kind: 'failed' }] }, '2025-01-02T00:00:00Z'),
    );
    const long = plan({
      folders: [{ ...plan().folders[0]!, items: [...ITEMS, ...many], removedCount: 102 }],
    });
    const library = fakeLibrary({ ...able, planScheme: () => Promise.resolve(long) });
    const host = fakeHost({ terminal: true, engine: { ...library, ...lockedVault() } });
    answering(host, 'Go on? [y/N]', 'n');
    const { stderr } = await runAt(host, ['scheme', 'apply']);
    expect(stderr).toContain('/backups: of 105 backups 3 stay, 102 go');
    expect(stderr.match(/^goes /gm)).toHaveLength(20);
    expect(stderr).not.toMatch(/^stays /m);
    expect(stderr).toContain('and 82 more that go (“scheme plan” with the same options names each)');
  });

  it('begins no job where nothing would go', async () => {
    const { exitCode, stdout } = await runWith(
      ['scheme', 'apply', '--yes'],
      { ...able, planScheme: () => Promise.resolve(NOTHING) },
      { engine: lockedVault() },
    );
    expect([exitCode, stdout]).toEqual([0, 'Nothing would go.\n']);
  });
});

describe('scheme undo', () => {
  const removed = (name: string, runId: string): RemovedFile => ({
    ...{ path: `/backups/${name}`, keptAt: `/backups/Strongroom quarantine/${name}`, sizeBytes: 1.5e9 },
    ...{ removedAt: '2025-02-13T09:36:00Z', deletedAfter: '2025-03-15T09:36:00Z', runId },
  });
  const files = [removed('b.tar', 'last'), removed('a.tar', 'last'), removed('a.tar', 'earlier')];
  const undone: unknown[] = [];
  const desk = {
    removedFiles: () => Promise.resolve(files),
    undoRemoval: (keptAt: readonly string[]) => {
      undone.push(keptAt.length);
      return Promise.resolve({ restored: ['/backups/a.tar'], problems: [] });
    },
  };

  it('lists what can be brought back, and touches nothing', async () => {
    undone.length = 0;
    const { stdout } = await runWith(['scheme', 'undo'], desk);
    expect(stdout.split('\n').filter((line) => line.includes('/backups/'))).toHaveLength(3);
    expect(undone).toEqual([]);
  });

  it.each([
    [['--all'], 3],
    [['--run'], 2],
    [['/backups/a.tar'], 1],
  ])('brings back what is chosen: %s', async (args, count) => {
    undone.length = 0;
    const { exitCode, stdout } = await runWith(['scheme', 'undo', ...args], desk);
    expect([exitCode, undone]).toEqual([0, [count]]);
    expect(stdout).toContain('/backups/a.tar is back.');
  });

  it('says what could not come back', async () => {
    const problems = [{ path: '/backups/a.tar', error: plainError('OUTPUT_REFUSED') }];
    const { exitCode, stdout } = await runWith(['scheme', 'undo', '--all'], {
      ...desk,
      undoRemoval: () => Promise.resolve({ restored: [], problems }),
    });
    expect(exitCode).toBe(8);
    expect(stdout).toContain('/backups/a.tar: message of OUTPUT_REFUSED');
    expect(stdout).toContain('move it elsewhere, then bring the other one back');
  });

  it('refuses what no scheme removed, and two choices at once', async () => {
    expect((await runWith(['scheme', 'undo', '/backups/c.tar'], desk)).exitCode).toBe(2);
    expect((await runWith(['scheme', 'undo', '--all', '--run'], desk)).exitCode).toBe(2);
  });
});

describe('scheme pin and unpin', () => {
  it.each([
    ['pin', true, 'is pinned: no scheme removes it.'],
    ['unpin', false, 'is not pinned any more.'],
  ])('%s', async (command, isPinned, words) => {
    const pinned: unknown[] = [];
    const { stdout } = await runWith(['scheme', command, '/backups/nightly.tar'], {
      listBackups: () => Promise.resolve([backup()]),
      pin: (...given) => {
        pinned.push(...given);
        return Promise.resolve();
      },
    });
    expect(pinned).toEqual([['c0ffee'], isPinned]);
    expect(stdout).toBe(`/backups/nightly.tar ${words}\n`);
  });
});

it('scheme pin says how many backups a folder or several files are', async () => {
  const desk = {
    folders: () => Promise.resolve([folder()]),
    listBackups: () => Promise.resolve([backup(), backup({ identity: 'another' })]),
    pin: () => Promise.resolve(),
  };
  const { stdout } = await runWith(['scheme', 'pin', '/backups'], desk);
  expect(stdout).toBe('2 backups are pinned: no scheme removes them.\n');
});

describe('library add --watch', () => {
  it('takes a scheme into the rule, and says what it does', async () => {
    const rules: unknown[] = [];
    const { stdout } = await runWith(
      ['library', 'add', '/backups', '--watch', '--scheme', 'daily=7', '--undo-days', '9'],
      {
        addFolder: () => Promise.resolve(folder()),
        setWatch: (_path, rule) => {
          rules.push(rule);
          return Promise.resolve(folder({ watch: rule }));
        },
      },
    );
    expect(rules).toMatchObject([{ scheme: { policy: 'daily=7', to: 'quarantine', undoDays: 9 } }]);
    expect(stdout).toContain('what the scheme daily=7 does not keep goes to quarantine for 9 days');
  });

  it.each([
    ['--scheme', 'daily=7'],
    ['--watch', '--scheme', 'dayly=7'],
    ['--watch', '--scheme-to', 'trash'],
  ])('refuses what makes no sense: %s %s', async (...args) => {
    expect((await runWith(['library', 'add', '/backups', ...args], {})).exitCode).toBe(2);
  });
});
