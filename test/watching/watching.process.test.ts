// Watching in a process of its own: it ends by itself when it is closed, and goes on where the system watches no more folders.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';

const CHILD = join(import.meta.dirname, 'watch-child.ts');
const DEADLINE_MS = 30_000;

let folder: string;
let child: ChildProcess | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-watched-'));
});

afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts the child and answers with a function that resolves when it has printed a line. */
function startChild(command: string, args: string[]) {
  const running = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child = running;
  const lines: string[] = [];
  let check: () => void = () => undefined;
  createInterface({ input: running.stdout }).on('line', (line) => {
    lines.push(line);
    check();
  });
  const until = (start: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no “${start}”; got ${lines.join('; ')}`)),
        DEADLINE_MS,
      );
      check = () => {
        const line = lines.find((printed) => printed.startsWith(start));
        if (line === undefined) return;
        clearTimeout(timer);
        resolve(line);
      };
      check();
    });
  return { running, lines, until };
}

it('leaves nothing running when it is closed', async () => {
  mkdirSync(join(folder, 'inside'));
  const { running, until } = startChild(process.execPath, [CHILD, folder]);
  const ended = new Promise<number | null>((resolve) => running.on('exit', resolve));
  await until('ready');
  writeFileSync(join(folder, 'inside', 'a.tar'), 'a');
  await until('file');
  writeFileSync(join(folder, 'b.tar'), 'b');
  running.stdin.write('close\n');
  await until('closed');
  expect(await ended).toBe(0);
});

it('says so when the system watches no more folders, and finds new files all the same', async (ctx) => {
  const limited = ['--user', '--map-root-user', 'sh', '-c'];
  const limit = 'echo 3 > /proc/sys/user/max_inotify_watches';
  try {
    execFileSync('unshare', [...limited, limit], { stdio: 'pipe' });
  } catch (error) {
    return ctx.skip(`no limit can be set here: ${(error as Error).message.trim()}`);
  }
  for (let n = 0; n < 8; n++) mkdirSync(join(folder, `${n}`));
  const { lines, until } = startChild('unshare', [
    ...limited,
    `${limit} && exec "$@"`,
    'sh',
    process.execPath,
    CHILD,
    folder,
  ]);
  expect(await until('problem')).toBe(
    `problem ${folder} The system watches no more folders for this user, so “${folder}” is looked through every second instead. ENOSPC`,
  );
  await until('ready');
  for (const name of ['0', '7']) {
    writeFileSync(join(folder, name, 'a.tar'), 'a');
    await until(`file ${join(folder, name, 'a.tar')}`);
  }
  expect(lines.filter((line) => line.startsWith('problem')).length).toBe(1);
  return undefined;
});
