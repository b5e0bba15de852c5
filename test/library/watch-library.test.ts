// The rule of a watched folder, with everything handed in by the test: what is done with which file, in which order, what is told of
// it, and that nothing that goes wrong ends the watching.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { StrongroomError, type ErrorCode } from '../../shared/errors.ts';
import type { LibraryFolder, WatchEvent, WatchRule } from '../../shared/library.ts';
import {
  watchLibrary,
  type TakenIn,
  type WatchLibraryDeps,
  type WatchLibraryOptions,
} from '../../core/library/watch-library.ts';
import { quietScan } from '../support/quiet-scan.ts';
import { watchFolders, type WatchOptions } from '../../core/watching/index.ts';

const FOLDER = '/srv/backups';
const FULL: WatchRule = { verify: 'full', migrate: null, scheme: null };
const MIGRATE: WatchRule = { verify: 'full', migrate: { originals: 'keep' }, scheme: null };

const EMPTY = quietScan(FOLDER);

const good = (path: string) => ({ path, status: 'good' as const, message: 'All is well.', error: null });
const migrated = (path: string, outcome: 'done' | 'nothing-to-do' = 'done') => ({
  path,
  outcome,
  message: 'Brought to v3.',
  error: null,
  originalPath: null,
  inputBytes: 1,
  outputBytes: 1,
});
const fails = (code: ErrorCode, message = 'No.') => Promise.reject(new StrongroomError(code, message));

const libraryFolder = (watch: WatchRule | null, changes: Partial<LibraryFolder> = {}): LibraryFolder => ({
  id: 1,
  path: FOLDER,
  addedAt: '2026-01-01T00:00:00.000Z',
  state: 'ready',
  scannedAt: '2026-01-01T00:00:00.000Z',
  copyCount: 0,
  totalBytes: 0,
  watch,
  problem: null,
  ...changes,
});

let ending: (() => Promise<void>) | null = null;
afterEach(async () => {
  await ending?.();
  ending = null;
});

/** Starts watching with fakes; contents are versions of files that the test counts up. */
async function start(
  rule: WatchRule | null,
  deps: Partial<WatchLibraryDeps> = {},
  options: Partial<WatchLibraryOptions> = {},
) {
  const events: WatchEvent[] = [];
  const calls: string[] = [];
  const versions = new Map<string, number>();
  const abort = new AbortController();
  let watch: WatchOptions | null = null;
  let onVault: () => void = () => undefined;
  let check: () => void = () => undefined;
  const open = { watcher: false, vault: false };
  const ended = watchLibrary(
    {
      watch: (given) => {
        watch = given;
        open.watcher = true;
        return {
          ready: Promise.resolve(),
          close: () => {
            open.watcher = false;
            return Promise.resolve();
          },
        };
      },
      scan: () => Promise.resolve(EMPTY),
      takeIn: (path): Promise<TakenIn> => {
        const contentKey = `${basename(path)}:${versions.get(path) ?? 0}`;
        return Promise.resolve({ state: 'added', contentKey, error: null });
      },
      verify: (path, level) => {
        calls.push(`verify ${basename(path)} ${level}`);
        return Promise.resolve(good(path));
      },
      migrate: (path, originals) => {
        calls.push(`migrate ${basename(path)} ${originals}`);
        versions.set(path, (versions.get(path) ?? 0) + 1);
        return Promise.resolve(migrated(path));
      },
      thin: (_folder, { policy }) => {
        calls.push(`thin ${policy}`);
        return Promise.resolve(null);
      },
      noteGone: (path) => void calls.push(`gone ${basename(path)}`),
      noteUnreachable: (folder) => void calls.push(`unreachable ${folder}`),
      onVaultChange: (listener) => {
        onVault = listener;
        open.vault = true;
        return () => (open.vault = false);
      },
      now: () => new Date('2026-07-01T12:00:00Z'),
      ...deps,
    },
    {
      folders: [libraryFolder(rule)],
      signal: abort.signal,
      retryMs: 1,
      ...options,
      onEvent: (event) => {
        events.push(event);
        check();
      },
    },
  );
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
  };
  ending = stop;
  const until = (kind: WatchEvent['kind'], times = 1): Promise<WatchEvent> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no “${kind}” (${times}); told: ${kindsOf(events).join(' ')}`)),
        20_000,
      );
      check = () => {
        const event = events.filter((told) => told.kind === kind)[times - 1];
        if (event === undefined) return;
        clearTimeout(timer);
        resolve(event);
      };
      check();
    });
  const given = watch as WatchOptions | null;
  const come = (name: string): void => void given?.onFile(join(FOLDER, name), FOLDER);
  if (given !== null) {
    given.onFolder(FOLDER, 'ready');
    await until('watching');
  }
  return {
    events,
    calls,
    versions,
    abort,
    ended,
    stop,
    until,
    come,
    open,
    watch: given!,
    vaultChanges: () => onVault(),
    kinds: () => kindsOf(events),
  };
}

const kindsOf = (events: readonly WatchEvent[]): string[] =>
  events.map(({ kind, path }) => (path === null ? kind : `${kind} ${basename(path)}`));

describe('the scheme of a folder', () => {
  const THIN: WatchRule = { ...FULL, scheme: { policy: 'last=2', to: 'quarantine', undoDays: 30 } };

  const thinned = { kind: 'thinned', message: 'Some went.', error: null } as const;

  it('is carried out once, after all that came', async () => {
    const told = await start(THIN, { thin: () => Promise.resolve(thinned) });
    for (const name of ['a.tar', 'b.tar', 'c.tar']) told.come(name);
    await told.until('thinned');
    await told.stop();
    const kinds = told.events.map(({ kind }) => kind).filter((kind) => /verified|thinned/.test(kind));
    expect(kinds).toEqual(['verified', 'verified', 'verified', 'thinned']);
  });

  it('is not carried out for a backup that is not good, nor for one that is no news', async () => {
    const bad = { status: 'damaged' as const, message: 'No.', error: null };
    const told = await start(THIN, {
      verify: (path) => Promise.resolve(path.endsWith('bad.tar') ? { path, ...bad } : good(path)),
      thin: () => Promise.resolve(thinned),
    });
    told.come('bad.tar');
    await told.until('failed');
    told.come('good.tar');
    await told.until('thinned');
    told.come('good.tar');
    told.come('last.tar');
    await told.until('thinned', 2);
    const ends = told.kinds().filter((kind) => /verified|failed|thinned/.test(kind));
    expect(ends).toEqual(['failed bad.tar', 'verified good.tar', 'thinned', 'verified last.tar', 'thinned']);
  });

  it('tells what went, or why it waits', async () => {
    const answers = ['thinned', 'waits'] as const;
    let turn = 0;
    const told = await start(THIN, {
      thin: () =>
        Promise.resolve({ kind: answers[turn++ % 2] ?? 'waits', message: 'So it is.', error: null }),
    });
    told.come('a.tar');
    expect(await told.until('thinned')).toMatchObject({ folder: FOLDER, path: null, message: 'So it is.' });
    told.come('b.tar');
    expect(await told.until('waits')).toMatchObject({ folder: FOLDER, error: null });
  });

  it('that fails ends nothing', async () => {
    const told = await start(THIN, { thin: () => fails('NO_SPACE', 'The disk is full.') });
    told.come('a.tar');
    expect(await told.until('failed')).toMatchObject({ path: null, error: { code: 'NO_SPACE' } });
    told.come('b.tar');
    await told.until('verified', 2);
  });

  it('is left alone where the rule has none', async () => {
    const told = await start(FULL);
    told.come('a.tar');
    await told.until('verified');
    told.come('b.tar');
    await told.until('verified', 2);
    await told.stop();
    expect(told.calls).toEqual(['verify a.tar full', 'verify b.tar full']);
  });
});

describe('a file that comes', () => {
  it('is taken in and nothing more where the rule says so', async () => {
    const told = await start({ verify: 'none', migrate: null, scheme: null });
    told.come('a.tar');
    await told.until('taken-in');
    await told.stop();
    expect(told.kinds()).toEqual(['watching', 'arrived a.tar', 'taken-in a.tar', 'stopped']);
    expect(told.calls).toEqual([]);
  });

  it('is taken in, verified and migrated, in this order', async () => {
    const told = await start(MIGRATE);
    told.come('a.tar');
    expect((await told.until('migrated')).at).toBe('2026-07-01T12:00:00.000Z');
    expect(told.calls).toEqual(['verify a.tar full', 'migrate a.tar keep']);
    expect(told.kinds()).toEqual([
      'watching',
      'arrived a.tar',
      'taken-in a.tar',
      'verified a.tar',
      'migrated a.tar',
    ]);
  });

  it('is told of as migrated only where something was to do', async () => {
    const told = await start(MIGRATE, {
      migrate: (path) => Promise.resolve(migrated(path, 'nothing-to-do')),
    });
    told.come('a.tar');
    told.come('b.tar');
    await told.until('verified', 2);
    await told.stop();
    expect(told.kinds()).not.toContain('migrated a.tar');
  });

  it('is not touched again for what its own migration wrote', async () => {
    const told = await start(MIGRATE);
    told.come('a.tar');
    await told.until('migrated');
    told.come('a.tar');
    told.come('b.tar');
    await told.until('migrated', 2);
    expect(told.calls.filter((call) => call.includes('a.tar'))).toEqual([
      'verify a.tar full',
      'migrate a.tar keep',
    ]);
    expect(told.kinds().filter((kind) => kind === 'arrived a.tar').length).toBe(1);
  });

  it('is verified once for each content', async () => {
    const told = await start(FULL);
    told.come('a.tar');
    await told.until('verified');
    told.come('a.tar');
    told.come('b.tar');
    await told.until('verified', 2);
    told.versions.set(join(FOLDER, 'a.tar'), 7);
    told.come('a.tar');
    await told.until('verified', 3);
    expect(told.calls).toEqual(['verify a.tar full', 'verify b.tar full', 'verify a.tar full']);
  });

  it('is not verified again when it only has another name; a copy is', async () => {
    const states: TakenIn['state'][] = ['added', 'moved', 'copy'];
    const told = await start(FULL, {
      takeIn: () => Promise.resolve({ state: states.shift()!, contentKey: 'same', error: null }),
    });
    for (const name of ['a.tar', 'b.tar', 'c.tar']) told.come(name);
    await told.until('verified', 2);
    expect(told.calls).toEqual(['verify a.tar full', 'verify c.tar full']);
    expect(told.kinds()).toContain('taken-in b.tar');
  });

  it('is worked on while no other is', async () => {
    let running = 0;
    const told = await start(FULL, {
      verify: async (path) => {
        expect(++running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return good(path);
      },
    });
    for (let n = 0; n < 20; n++) told.come(`${n}.tar`);
    await told.until('verified', 20);
    expect(told.kinds()).not.toContain('failed');
  });

  it('that is gone before its turn is passed over', async () => {
    const told = await start(FULL, {
      takeIn: (path) =>
        Promise.resolve({
          state: path.endsWith('a.tar') ? 'vanished' : 'added',
          contentKey: path,
          error: null,
        }),
    });
    told.come('a.tar');
    told.come('b.tar');
    await told.until('verified');
    expect(told.kinds()).toEqual(['watching', 'arrived b.tar', 'taken-in b.tar', 'verified b.tar']);
  });
});

describe('what goes wrong', () => {
  it.each(['NOT_A_BACKUP', 'TRUNCATED', 'DAMAGED_METADATA'] as const)(
    'with reading a file is told and the next file follows: %s',
    async (code) => {
      const told = await start(FULL, {
        takeIn: (path) =>
          path.endsWith('bad.tar')
            ? fails(code)
            : Promise.resolve({ state: 'added', contentKey: path, error: null }),
      });
      told.come('bad.tar');
      told.come('a.tar');
      expect((await told.until('unreadable')).error?.code).toBe(code);
      await told.until('verified');
    },
  );

  it('with a half-written file is forgotten once it is whole', async () => {
    let isWhole = false;
    const told = await start(FULL, {
      takeIn: () =>
        Promise.resolve(
          isWhole
            ? { state: 'added', contentKey: 'whole', error: null }
            : { state: 'unreadable', contentKey: null, error: { code: 'TRUNCATED', message: 'Cut.' } },
        ),
    });
    told.come('a.tar');
    await told.until('unreadable');
    isWhole = true;
    told.come('a.tar');
    await told.until('verified');
    expect(told.kinds()).toEqual([
      'watching',
      'unreadable a.tar',
      'arrived a.tar',
      'taken-in a.tar',
      'verified a.tar',
    ]);
  });

  it('with a damaged backup is told once, and it is not migrated', async () => {
    const told = await start(MIGRATE, {
      verify: (path) => Promise.resolve({ ...good(path), status: 'damaged', message: 'Bad bytes.' }),
    });
    told.come('a.tar');
    const event = await told.until('failed');
    expect(event.error).toEqual({ code: 'DAMAGED_PAYLOAD', message: 'Bad bytes.' });
    expect(event.message).toBe('“a.tar”: Bad bytes.');
    told.come('a.tar');
    told.vaultChanges();
    told.come('b.tar');
    await told.until('failed', 2);
    expect(told.kinds().filter((kind) => kind.endsWith('a.tar'))).toEqual([
      'arrived a.tar',
      'taken-in a.tar',
      'failed a.tar',
    ]);
    expect(told.calls).toEqual([]);
  });

  it.each(['KEY_REQUIRED', 'WRONG_KEY', 'VAULT_LOCKED'] as const)(
    'for lack of a key is said in words, and tried again when the vault changes: %s',
    async (code) => {
      let hasKey = false;
      const told = await start(MIGRATE, {
        verify: (path) => {
          if (hasKey) return Promise.resolve(good(path));
          if (code === 'VAULT_LOCKED') return fails(code, 'The vault is locked.');
          return Promise.resolve({
            path,
            status: 'locked',
            message: 'It is locked.',
            error: { code, message: 'No key opens it.' },
          });
        },
      });
      told.come('a.tar');
      const event = await told.until('failed');
      expect(event.error?.code).toBe(code);
      expect(event.message).toMatch(/^“a.tar” waits for its key: .* tried again when the vault/);
      // The vault changes, but this key is still not in it: that is not told again.
      told.vaultChanges();
      told.come('b.tar');
      await told.until('failed', 2);
      hasKey = true;
      told.vaultChanges();
      await told.until('migrated', 2);
      expect(told.kinds().filter((kind) => kind.endsWith('a.tar'))).toEqual([
        'arrived a.tar',
        'taken-in a.tar',
        'failed a.tar',
        'verified a.tar',
        'migrated a.tar',
      ]);
    },
  );

  it('with the key of a migration does not have it verified twice', async () => {
    let hasKey = false;
    const told = await start(MIGRATE, {
      migrate: (path) => (hasKey ? Promise.resolve(migrated(path)) : fails('VAULT_LOCKED')),
    });
    told.come('a.tar');
    await told.until('failed');
    hasKey = true;
    told.vaultChanges();
    await told.until('migrated');
    expect(told.calls).toEqual(['verify a.tar full']);
  });

  it('because something is busy is tried again, three times in all, and told once', async () => {
    let attempts = 0;
    const told = await start(FULL, {
      verify: (path) => {
        if (path.endsWith('b.tar')) return Promise.resolve(good(path));
        if (++attempts === 3) told.come('b.tar');
        return fails('BUSY', 'Another program works on it.');
      },
    });
    told.come('a.tar');
    await told.until('verified');
    expect(attempts).toBe(3);
    expect(told.kinds().filter((kind) => kind === 'failed a.tar').length).toBe(1);
  });

  it('with reading is tried again when the folder is back', async () => {
    let isThere = false;
    const told = await start(FULL, {
      verify: (path) => (isThere ? Promise.resolve(good(path)) : fails('IO_FAILED')),
    });
    told.come('a.tar');
    await told.until('failed');
    told.watch.onFolder(FOLDER, 'unreachable');
    isThere = true;
    told.watch.onFolder(FOLDER, 'back');
    await told.until('verified');
    expect(told.kinds()).toEqual([
      'watching',
      'arrived a.tar',
      'taken-in a.tar',
      'failed a.tar',
      'unreachable',
      'back',
      'verified a.tar',
    ]);
  });

  it('with a migration that did not begin is told with its reason', async () => {
    const error = { code: 'NO_SPACE' as const, message: 'The disk is full.' };
    const told = await start(MIGRATE, {
      migrate: (path) => Promise.resolve({ ...migrated(path), outcome: 'not-started', error }),
    });
    told.come('a.tar');
    expect((await told.until('failed')).error).toEqual(error);
  });

  it('with the watching of a folder is told, and the watching goes on', async () => {
    const told = await start(FULL);
    told.watch.onProblem(FOLDER, new StrongroomError('IO_FAILED', 'No more watches.'));
    told.come('a.tar');
    await told.until('verified');
    expect(told.events.find(({ kind }) => kind === 'failed')).toMatchObject({
      path: null,
      message: 'No more watches.',
      error: { code: 'IO_FAILED' },
    });
  });

  it('with noting that a file is gone is told, and a scan finds it', async () => {
    let scans = 0;
    const told = await start(FULL, {
      noteGone: () => fails('BUSY', 'The catalogue is busy.'),
      scan: () => {
        scans++;
        return Promise.resolve(EMPTY);
      },
    });
    told.watch.onGone(join(FOLDER, 'a.tar'), FOLDER);
    await told.until('failed');
    await expect.poll(() => scans, { timeout: 20_000 }).toBe(2);
  });
});

describe('a scan', () => {
  it('at the start finds what came while nobody watched, and the rule is carried out on it', async () => {
    const scans = [{ ...EMPTY, added: [join(FOLDER, 'a.tar')], copies: [join(FOLDER, 'b.tar')] }, EMPTY];
    const told = await start(FULL, { scan: () => Promise.resolve(scans.shift()!) });
    await told.until('verified', 2);
    expect(told.calls).toEqual(['verify a.tar full', 'verify b.tar full']);
  });

  it('that is the first of a folder has nothing done with what was there before', async () => {
    const scans = [
      { ...EMPTY, added: [join(FOLDER, 'old.tar')] },
      { ...EMPTY, added: [join(FOLDER, 'new.tar')] },
    ];
    const told = await start(
      FULL,
      { scan: () => Promise.resolve(scans.shift()!) },
      { folders: [libraryFolder(FULL, { state: 'never-scanned', scannedAt: null })] },
    );
    told.watch.onFolder(FOLDER, 'back');
    await told.until('verified');
    expect(told.calls).toEqual(['verify new.tar full']);
  });

  it('tells what is missing and what cannot be read, each once', async () => {
    const report = {
      ...EMPTY,
      missing: [join(FOLDER, 'gone.tar')],
      unreadable: [{ path: join(FOLDER, 'bad.tar'), error: { code: 'TRUNCATED' as const, message: 'Cut.' } }],
    };
    const scans = [report, { ...report, missing: [] }];
    const told = await start(FULL, { scan: () => Promise.resolve(scans.shift()!) });
    told.watch.onFolder(FOLDER, 'back');
    told.come('a.tar');
    await told.until('verified');
    expect(told.kinds().filter((kind) => /gone|unreadable/.test(kind))).toEqual([
      'gone gone.tar',
      'unreadable bad.tar',
    ]);
  });

  it('that fails is told, and made again when what hindered it may have passed', async () => {
    let scans = 0;
    const told = await start(FULL, {
      scan: () => (++scans < 5 ? fails('BUSY', 'The catalogue is busy.') : Promise.resolve(EMPTY)),
    });
    await told.until('watching');
    expect(scans).toBe(5);
    expect(told.kinds()).toEqual(['failed', 'watching']);
  });

  it('takes the place of files that are too many to wait', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const late = join(FOLDER, '9.tar');
    const scans = [EMPTY, { ...EMPTY, added: [late] }];
    const told = await start(
      FULL,
      {
        scan: () => Promise.resolve(scans.shift() ?? EMPTY),
        takeIn: async (path) => {
          await held;
          return { state: 'added', contentKey: path, error: null };
        },
      },
      { queueLength: 3 },
    );
    for (let n = 0; n < 10; n++) told.come(`${n}.tar`);
    release();
    await told.until('verified', 4);
    expect(told.calls.length).toBeLessThanOrEqual(5);
    expect(told.calls.at(-1)).toBe('verify 9.tar full');
  });
});

describe('watching', () => {
  it('notes files that are gone and folders that are away', async () => {
    const told = await start(FULL);
    told.watch.onGone(join(FOLDER, 'a.tar'), FOLDER);
    await told.until('gone');
    told.watch.onFolder(FOLDER, 'unreachable');
    await expect.poll(() => told.calls).toEqual(['gone a.tar', `unreachable ${FOLDER}`]);
  });

  it('passes over what the program itself puts beside backups', async () => {
    const told = await start(FULL);
    const { isWanted, isFolderWanted } = told.watch;
    expect(['a.tar', 'A.TAR'].every(isWanted)).toBe(true);
    expect(['a.tar.part', 'a.tar.partial', 'a.tar.orig', '._a.tar', 'a.crdownload'].some(isWanted)).toBe(
      false,
    );
    expect(isFolderWanted?.('2024')).toBe(true);
    expect(isFolderWanted?.('a.tar.partial-journal')).toBe(false);
  });

  it('ends when it is stopped: what runs is cancelled, what waits is not begun, nothing stays open', async () => {
    const told = await start(FULL, {
      verify: (_path, _level, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new StrongroomError('CANCELLED', 'Stopped.')));
        }),
    });
    told.come('a.tar');
    told.come('b.tar');
    await told.until('taken-in');
    expect(told.open).toEqual({ watcher: true, vault: true });
    await told.stop();
    expect(told.open).toEqual({ watcher: false, vault: false });
    expect(told.kinds()).toEqual(['watching', 'arrived a.tar', 'taken-in a.tar', 'stopped']);
    told.come('c.tar');
    told.vaultChanges();
    expect(told.kinds().at(-1)).toBe('stopped');
  });

  it('waits for what cannot be cancelled', async () => {
    let finish: () => void = () => undefined;
    const told = await start(FULL, {
      verify: (path) => new Promise((resolve) => (finish = () => resolve(good(path)))),
    });
    told.come('a.tar');
    await told.until('taken-in');
    told.abort.abort();
    let hasEnded = false;
    void told.ended.then(() => (hasEnded = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasEnded).toBe(false);
    finish();
    await told.ended;
    expect(told.kinds().slice(-2)).toEqual(['verified a.tar', 'stopped']);
  });

  it('does nothing where no folder has a rule', async () => {
    const told = await start(null);
    await told.ended;
    expect(told.events).toEqual([]);
  });
});

it('with real files: a backup that is replaced, taken away and brought back', async () => {
  const base = mkdtempSync(join(tmpdir(), 'strongroom-watch-library-'));
  const folder = join(base, 'backups');
  mkdirSync(folder);
  const scan = () => Promise.resolve({ ...EMPTY, folders: [{ path: folder, problem: null }] });
  let content = 0;
  const told = await start(
    { verify: 'quick', migrate: null, scheme: null },
    {
      watch: watchFolders,
      scan,
      takeIn: () => Promise.resolve({ state: 'added', contentKey: `${content++}`, error: null }),
    },
    {
      folders: [libraryFolder({ verify: 'quick', migrate: null, scheme: null }, { path: folder })],
      watching: { settleMs: 100, heartbeatMs: 40, pollMs: 50 },
    },
  );
  await told.until('watching');
  writeFileSync(join(folder, 'a.tar'), 'one');
  await told.until('verified');
  writeFileSync(join(folder, 'a.tar'), 'other');
  await told.until('verified', 2);
  rmSync(join(folder, 'a.tar'));
  await told.until('gone');
  rmSync(folder, { recursive: true });
  await told.until('unreachable');
  mkdirSync(folder);
  await told.until('back');
  await told.stop();
  expect(told.kinds().at(-1)).toBe('stopped');
  rmSync(base, { recursive: true });
});
