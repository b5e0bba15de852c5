// The library's folders, its overview and its catalogue at the command line, before a made-up library.

import { describe, expect, it } from 'vitest';

import { StrongroomError } from '../../shared/errors.ts';
import {
  folder,
  job,
  lockedVault,
  plainError,
  runWith,
  scanReport,
  status,
  type Ended,
} from './fake-library.ts';

function reportOf(stdout: string): unknown {
  return (JSON.parse(stdout) as { results: { report: unknown }[] }).results[0]?.report;
}

describe('library add', () => {
  it('takes a folder in, looks into it, and says what is there', async () => {
    const asked: string[] = [];
    const { exitCode, stdout, stderr } = await runWith(['library', 'add', 'backups'], {
      addFolder: (path) => {
        asked.push(`add ${path}`);
        return Promise.resolve(folder({ state: 'never-scanned', copyCount: 0 }));
      },
      scan: ({ folders }) => {
        asked.push(`scan ${folders?.join()}`);
        return Promise.resolve(scanReport());
      },
      folders: () => Promise.resolve([folder()]),
    });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: 'backups is in your library: 42 backup files, 12 GB.\n',
      stderr: '',
    });
    expect(asked).toEqual(['add /backups', 'scan /backups']);
  });

  it('sets a rule for a watched folder without another scan', async () => {
    const argv = ['library', 'add', 'backups', '--watch', '--verify', 'deep', '--migrate', 'quarantine'];
    const rules: unknown[] = [];
    const { exitCode, stdout } = await runWith(argv, {
      addFolder: () => Promise.resolve(folder()),
      setWatch: (_, watch) => {
        rules.push(watch);
        return Promise.resolve(folder({ watch }));
      },
    });
    expect(exitCode).toBe(0);
    expect(rules).toEqual([{ verify: 'deep', migrate: { originals: 'quarantine' }, scheme: null }]);
    expect(stdout).toContain(
      'New backups are taken in, verified deeply, and brought to v3 with the originals in quarantine.',
    );
    expect(stdout).toContain('strongroom watch');
  });

  it('ends the watching of a folder', async () => {
    const rules: unknown[] = [];
    const { exitCode, stdout } = await runWith(['library', 'add', 'backups', '--no-watch'], {
      addFolder: () => Promise.resolve(folder()),
      setWatch: (_, rule) => {
        rules.push(rule);
        return Promise.resolve(folder());
      },
    });
    expect({ exitCode, rules }).toEqual({ exitCode: 0, rules: [null] });
    expect(stdout).toContain('It is not watched any more.');
  });

  it('refuses a rule for a folder that is not to be watched', async () => {
    const { exitCode, stderr } = await runWith(['library', 'add', 'backups', '--verify', 'full'], {});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('hint: Add --watch.');
  });

  it('goes on after a folder that cannot be taken in', async () => {
    const { exitCode, stdout, stderr } = await runWith(['library', 'add', 'gone', 'backups', '--json'], {
      addFolder: (path) =>
        path === '/gone'
          ? Promise.reject(Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'stat' }))
          : Promise.resolve(folder()),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("strongroom: error: gone: I can't find this folder.");
    expect(JSON.parse(stdout)).toMatchObject({
      results: [
        { path: '/gone', report: null, error: { code: 'IO_FAILED' } },
        { path: '/backups', report: { copyCount: 42 }, error: null },
      ],
      exitCode: 1,
    });
  });
});

describe('library remove', () => {
  it('says that nothing was touched', async () => {
    const { exitCode, stdout } = await runWith(['library', 'remove', 'backups'], {
      folders: () => Promise.resolve([folder()]),
      removeFolder: () => Promise.resolve(folder()),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('backups is no longer in your library. Nothing in it was touched.\n');
  });

  it('does not take a folder out that is not in it', async () => {
    const { exitCode, stderr } = await runWith(['library', 'remove', 'other'], {
      folders: () => Promise.resolve([folder()]),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The folder “other” is not in your library.');
  });
});

describe('library list', () => {
  it('names the state of each folder and why one could not be read', async () => {
    const { exitCode, stdout } = await runWith(['library', 'list'], {
      folders: () =>
        Promise.resolve([
          folder({ watch: { verify: 'full', migrate: null, scheme: null } }),
          folder({
            id: 2,
            path: '/mnt/\u001b[2Jnas',
            state: 'unreachable',
            problem: plainError('IO_FAILED'),
          }),
        ]),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('verify full');
    expect(stdout).toContain('/mnt/\\u{1b}[2Jnas: message of IO_FAILED');
    expect(stdout).not.toContain('\u001b');
  });

  it('says how to begin', async () => {
    const { stdout } = await runWith(['library', 'list'], { folders: () => Promise.resolve([]) });
    expect(stdout).toBe(
      'There is no folder in your library yet. Take one in: strongroom library add FOLDER\n',
    );
  });
});

describe('library scan', () => {
  it('tells what is new and gone, and names what cannot be read on stderr', async () => {
    const { exitCode, stdout, stderr } = await runWith(['library', 'scan'], {
      folders: () => Promise.resolve([folder()]),
      scan: () =>
        Promise.resolve(
          scanReport({
            added: ['/backups/new.tar'],
            moved: [{ from: '/backups/a.tar', to: '/backups/b.tar' }],
            missing: ['/backups/gone.tar'],
            unreadable: [{ path: '/backups/cut.tar', error: plainError('TRUNCATED', 'hint') }],
          }),
        ),
    });
    expect(exitCode).toBe(5);
    expect(stdout).toBe(
      [
        'New:',
        '  /backups/new.tar',
        '',
        'Moved:',
        '  /backups/a.tar is now /backups/b.tar',
        '',
        'Gone:',
        '  /backups/gone.tar',
        '',
        '1 new, 1 moved, 1 gone, 1 not readable, 42 as before. 1 folder in 0.2 sec.',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe(
      'strongroom: error: /backups/cut.tar: message of TRUNCATED\nstrongroom: hint: hint\n',
    );
  });

  it('says what to do first where there is no folder', async () => {
    const { exitCode, stderr } = await runWith(['library', 'scan'], { folders: () => Promise.resolve([]) });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('strongroom library add FOLDER');
  });
});

describe('library status', () => {
  const ask = async (parts: Parameters<typeof status>[0]): Promise<Ended> =>
    await runWith(['library', 'status'], { status: () => Promise.resolve(status(parts)) });

  it('is one line and the folders when all is well', async () => {
    const { exitCode, stdout, stderr } = await ask({});
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toBe('42 backups · 42 verified');
  });

  it('counts what is wrong in its first line, and says what to do about it', async () => {
    const { exitCode, stdout } = await ask({ verifiedCount: 40, damaged: 1, withoutKey: 3, oldFormat: 7 });
    expect(exitCode).toBe(4);
    expect(stdout.split('\n')[0]).toBe(
      '42 backups · 40 verified · 1 damaged · 3 without a key · 7 in an old format',
    );
    expect(stdout).toContain('strongroom library verify --failed --every-copy');
    expect(stdout).toContain('strongroom keys import FOLDER');
    expect(stdout).toContain('strongroom library migrate --all');
  });

  it.each([
    ['nothing that could merely be better', { neverVerified: 9, stale: 9, oldFormat: 9, unencrypted: 9 }, 0],
    ['files that are gone', { missingCopies: 4 }, 0],
    ['a backup without a key', { withoutKey: 1 }, 3],
    ['damage before a missing key', { withoutKey: 1, damaged: 1 }, 4],
    ['a folder that is away', { folders: [folder({ state: 'unreachable' })], damaged: 1 }, 1],
    [
      'a file that is cut off',
      {
        unreadable: [
          {
            path: '/backups/cut.tar',
            folderId: 1,
            sizeBytes: 5,
            error: plainError('TRUNCATED'),
            since: '2025-02-13T09:36:00Z',
          },
        ],
      },
      5,
    ],
  ] as const)('ends for %s with the right exit code', async (_, parts, code) => {
    expect((await ask(parts)).exitCode).toBe(code);
  });

  it('says that a locked vault makes what it says of keys older, and asks nobody', async () => {
    const { exitCode, stderr } = await runWith(
      ['library', 'status'],
      { status: () => Promise.resolve(status()) },
      { engine: lockedVault() },
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Your vault is locked, so what is said about keys is what was known before.');
  });

  it('mentions a job that a crash left, and how it goes on', async () => {
    const counts = { total: 12, done: 5, skipped: 0, failed: 0, cancelled: 0, left: 7 };
    const { exitCode, stdout, stderr } = await runWith(['library', 'status', '--json'], {
      status: () => Promise.resolve(status()),
      jobs: () => Promise.resolve([job({ id: 8 }), job({ state: 'interrupted', counts })]),
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Job 7 (Migrate 12 backups) was interrupted after 5 of 12 files.');
    expect(stderr).toContain('strongroom jobs resume 7');
    expect(stderr).not.toContain('Job 8');
    expect(reportOf(stdout)).toMatchObject({ backupCount: 42 });
  });

  it('answers although what a crash left cannot be put in order yet', async () => {
    const { exitCode, stderr } = await runWith(['library', 'status'], {
      status: () => Promise.resolve(status()),
      recover: () => Promise.reject(new StrongroomError('BUSY', 'Somebody works on it.')),
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('could not be put in order yet. Somebody works on it.');
  });

  it('says how a damaged catalogue is made anew', async () => {
    const { exitCode, stderr } = await runWith(['library', 'status'], {
      recover: () => Promise.reject(new StrongroomError('DAMAGED_CATALOG', 'It is damaged.')),
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('hint: To make it anew: strongroom library rebuild');
  });
});

describe('library find', () => {
  it('says where a file is', async () => {
    const { exitCode, stdout } = await runWith(['library', 'find', 'automations'], {
      findContents: (text, limit) =>
        Promise.resolve([
          {
            path: '/backups/nightly.tar',
            name: `Nightly ${text} ${limit}`,
            member: 'homeassistant',
            entry: 'data/automations.yaml',
            sizeBytes: 1200,
          },
        ]),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/data\/automations\.yaml +1\.2 kB +homeassistant +Nightly automations 200 /);
  });

  it('says why it may know nothing', async () => {
    const { exitCode, stdout } = await runWith(['library', 'find', 'x\u0007'], {
      findContents: () => Promise.resolve([]),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('“x\\u{7}”');
    expect(stdout).toContain('strongroom library verify --all --full');
  });
});

describe('library rebuild', () => {
  const damaged = plainError('DAMAGED_CATALOG');

  it('leaves a catalogue alone that can be opened', async () => {
    const { exitCode, stdout } = await runWith(['library', 'rebuild', '--yes'], {
      catalogProblem: () => null,
      folders: () => Promise.resolve([folder()]),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing to make anew');
  });

  it('never moves the catalogue of a newer program aside', async () => {
    const { exitCode } = await runWith(['library', 'rebuild', '--yes', '--force'], {
      catalogProblem: () => plainError('UNSUPPORTED_VERSION'),
    });
    expect(exitCode).toBe(6);
  });

  it('asks first, and without a terminal wants a yes', async () => {
    const { exitCode, stderr } = await runWith(['library', 'rebuild'], { catalogProblem: () => damaged });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--yes');
  });

  it('moves it aside, scans again, and says where the old one is', async () => {
    const { exitCode, stdout } = await runWith(['library', 'rebuild', '--yes'], {
      catalogProblem: () => damaged,
      rebuildCatalog: () => Promise.resolve({ movedTo: '/data/catalog.damaged-1.sqlite' }),
      folders: () => Promise.resolve([folder()]),
      scan: () => Promise.resolve(scanReport()),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('The damaged one is kept: /data/catalog.damaged-1.sqlite');
    expect(stdout).toContain('1 folder was scanned again.');
  });

  it('says which folders have to be taken in again where none is known any more', async () => {
    const { stdout } = await runWith(['library', 'rebuild', '--yes'], {
      catalogProblem: () => damaged,
      rebuildCatalog: () => Promise.resolve({ movedTo: null }),
      folders: () => Promise.resolve([]),
    });
    expect(stdout).toContain('strongroom library add FOLDER');
  });
});
