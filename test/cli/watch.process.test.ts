// `strongroom watch` as systemd runs it: no terminal, JSON lines, a clean stop.

import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { LibraryStatus, WatchEvent } from '../../shared/library.ts';
import { documentOf, FIXTURES, KEY, type Run } from './run-program.ts';
import { newVault, type VaultFolder } from './vault-folder.ts';

async function newLibrary(...rule: string[]): Promise<VaultFolder & { readonly inbox: string }> {
  const folder = await newVault();
  const inbox = join(folder.path, 'inbox');
  mkdirSync(inbox);
  await folder.run(['keys', 'add', '--label', 'Home', '--key-file', '-'], { input: KEY });
  const added = await folder.run(['library', 'add', 'inbox', '--watch', ...rule]);
  expect(added.exitCode, added.stderr).toBe(0);
  return { ...folder, inbox };
}

function eventsIn(stdout: string): WatchEvent[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as WatchEvent);
}

/** Watches; each step is taken once the kind of event it waits for was printed, and the last one stops it. */
async function watching(
  folder: VaultFolder,
  steps: readonly { readonly after: WatchEvent['kind']; readonly take: () => void }[],
  last: WatchEvent['kind'],
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<Run> {
  const waiting = [...steps];
  let isStopped = false;
  return await folder.run(['watch', '--json'], {
    watch: ({ stdout, kill }) => {
      const kinds = eventsIn(stdout).map(({ kind }) => kind);
      const [next] = waiting;
      if (next !== undefined) {
        if (!kinds.includes(next.after)) return;
        waiting.shift();
        next.take();
      } else if (kinds.includes(last) && !isStopped) {
        isStopped = true;
        kill(signal);
      }
    },
  });
}

describe('strongroom watch', () => {
  it('takes in, verifies and migrates what arrives, and stops cleanly', async () => {
    await using folder = await newLibrary('--verify', 'full', '--migrate', 'keep');
    const arrive = (): void => {
      // As a browser does it: under another name first.
      const half = join(folder.inbox, 'home.tar.part');
      copyFileSync(join(FIXTURES, 'v2-compressed.tar'), half);
      renameSync(half, join(folder.inbox, 'home.tar'));
    };
    const run = await watching(folder, [{ after: 'watching', take: arrive }], 'migrated');
    expect(run).toMatchObject({ exitCode: 0 });
    const events = eventsIn(run.stdout);
    const kinds = events.filter(({ path }) => path?.endsWith('home.tar')).map(({ kind }) => kind);
    expect(kinds.slice(0, 4)).toEqual(['arrived', 'taken-in', 'verified', 'migrated']);
    expect(events.filter(({ error }) => error !== null)).toEqual([]);
    expect(existsSync(join(folder.inbox, 'home.tar.orig'))).toBe(true);
    const status = documentOf<LibraryStatus>(await folder.run(['library', 'status', '--json'])).report;
    expect(status.byFormat.v3).toBeGreaterThan(0);
  });

  it('tells of a file that is no backup, and goes on', async () => {
    await using folder = await newLibrary('--verify', 'quick');
    const run = await watching(
      folder,
      [
        {
          after: 'watching',
          take: () => writeFileSync(join(folder.inbox, 'letter.tar'), 'Dear Sir or Madam'),
        },
        {
          after: 'unreadable',
          take: () => copyFileSync(join(FIXTURES, 'v3-compressed.tar'), join(folder.inbox, 'good.tar')),
        },
      ],
      'verified',
      'SIGINT',
    );
    expect(run.exitCode).toBe(0);
    const unreadable = eventsIn(run.stdout).find(({ kind }) => kind === 'unreadable');
    expect(unreadable).toMatchObject({
      path: join(folder.inbox, 'letter.tar'),
      error: { code: 'NOT_A_BACKUP' },
    });
  });

  it('says what to do where nothing is to be watched', async () => {
    await using folder = await newVault();
    const run = await folder.run(['watch', '--json']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('strongroom library add FOLDER --watch');
  });
});
