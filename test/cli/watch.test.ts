// `strongroom watch` before a made-up library: what it needs, what it prints, how it ends.

import { describe, expect, it } from 'vitest';

import type { LibraryDesk } from '../../cli/engine.ts';
import { StrongroomError } from '../../shared/errors.ts';
import type { LibraryFolder, WatchEvent } from '../../shared/library.ts';
import { keyInfo } from '../support/key-info.ts';
import { folder, lockedVault, openVaultWith, plainError, runWith } from './fake-library.ts';

const VAULT = openVaultWith([keyInfo()]);
const RULE = { verify: 'full', migrate: null, scheme: null } as const;

const EVENT: WatchEvent = {
  at: '2025-02-13T09:36:00Z',
  kind: 'verified',
  folder: '/backups',
  path: '/backups/home.tar',
  message: 'Verified in full: good.',
  error: null,
};

/** Watches until it is told to stop. */
function watched(folders: readonly LibraryFolder[], events: readonly WatchEvent[]): Partial<LibraryDesk> {
  return {
    folders: () => Promise.resolve([...folders]),
    watch: ({ signal, onEvent }) =>
      new Promise((resolve) => {
        for (const event of events) onEvent(event);
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
}

describe('watch', () => {
  it.each([
    ['has no folder', [], []],
    ['has no rule', [folder()], []],
    ['is asked for a folder without one', [folder({ watch: RULE }), folder({ id: 2, path: '/b' })], ['b']],
  ] as const)('says what to do where the library %s', async (_, folders, argv) => {
    const { exitCode, stdout, stderr } = await runWith(['watch', ...argv], watched(folders, []), {
      engine: VAULT,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('strongroom library add FOLDER --watch --verify full');
  });

  it('prints one JSON object a line, and ends well when it is told to stop', async () => {
    const stop = new AbortController();
    const gone: WatchEvent = { ...EVENT, kind: 'failed', error: plainError('TRUNCATED') };
    const running = runWith(['watch', '--json'], watched([folder({ watch: RULE })], [EVENT, gone]), {
      engine: VAULT,
      signal: stop.signal,
    });
    stop.abort();
    const { exitCode, stdout, stderr } = await running;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([EVENT, gone]);
  });

  it('prints a line in words for people, with the file and what can be done', async () => {
    const failed: WatchEvent = {
      ...EVENT,
      kind: 'failed',
      path: '/backups/bad\u001b[2J.tar',
      message: 'It is cut off.',
      error: plainError('TRUNCATED', 'Download it again.'),
    };
    const desk = { ...watched([folder({ watch: RULE })], []) };
    desk.watch = ({ onEvent }) => {
      onEvent(EVENT);
      onEvent(failed);
      onEvent({ ...EVENT, path: null, message: 'Watching.' });
      return Promise.resolve();
    };
    const { stdout } = await runWith(['watch'], desk, { engine: VAULT });
    expect(stdout.split('\n')).toEqual([
      'Feb 13, 2025, 9:36 AM  home.tar: Verified in full: good.',
      'Feb 13, 2025, 9:36 AM  bad\\u{1b}[2J.tar: It is cut off. Download it again.',
      'Feb 13, 2025, 9:36 AM  /backups: Watching.',
      '',
    ]);
  });

  it('also ends well when it is told to stop before it has begun', async () => {
    const stop = new AbortController();
    const { exitCode } = await runWith(
      ['watch'],
      {
        recover: () => {
          stop.abort();
          return Promise.reject(new StrongroomError('CANCELLED', 'Stopped.'));
        },
      },
      { engine: VAULT, signal: stop.signal },
    );
    expect(exitCode).toBe(0);
  });

  it('does not call it a good end when watching breaks off by itself', async () => {
    const desk = watched([folder({ watch: RULE })], []);
    desk.watch = () => Promise.reject(new StrongroomError('IO_FAILED', 'The folders cannot be watched.'));
    const { exitCode, stderr } = await runWith(['watch'], desk, { engine: VAULT });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The folders cannot be watched.');
  });

  it('needs the vault for a rule that reads backups, and not for one that only takes them in', async () => {
    const ended = (rule: LibraryFolder['watch']): Partial<LibraryDesk> => ({
      ...watched([folder({ watch: rule })], []),
      watch: () => Promise.resolve(),
    });
    const locked = { engine: lockedVault() };
    expect((await runWith(['watch'], ended(RULE), locked)).exitCode).toBe(3);
    expect(
      (await runWith(['watch'], ended({ verify: 'none', migrate: null, scheme: null }), locked)).exitCode,
    ).toBe(0);
    const migrating = { verify: 'none', migrate: { originals: 'keep' }, scheme: null } as const;
    expect((await runWith(['watch'], ended(migrating))).exitCode).toBe(3);
    const without = await runWith(['watch'], ended(RULE));
    expect(without.exitCode).toBe(0);
    expect(without.stderr).toContain('There is no vault here');
  });
});
