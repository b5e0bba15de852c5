// `npm start` and `npm run -s cli -- …`: runs the program as built from the sources, building first where they are newer. `npm start`
// opens the desktop window; where Electron's runtime is not to be had, or with --web, the same window in a browser.

import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { fetchElectron } from './fetch-electron.ts';
import { findElectron } from './find-electron.ts';
import { root } from './root.ts';

const SOURCES = ['cli', 'core', 'shared', 'renderer', 'electron', 'build'];
/** These ask for the web shell. */
const WEB = new Set(['--web', '--demo']);

const [what, ...args] = process.argv.slice(2);
const program = join(root, 'dist', 'cli', 'strongroom.js');

if ((await newest(SOURCES)) > (await changedAt(program))) {
  const code = await run([join(root, 'build', 'bundle.ts')], ['ignore', process.stderr, 'inherit']);
  if (code !== 0) process.exit(code);
}
process.exitCode = what === 'window' ? await openWindow() : await runFromHere([program, ...args]);

async function openWindow(): Promise<number> {
  if (!args.some((argument) => WEB.has(argument))) {
    const electron = findElectron() ?? (await fetchElectron(process.stderr.isTTY));
    if (electron !== null) return await runFromHere([join(root, 'dist', 'electron'), ...args], electron);
    process.stderr.write(
      'Electron’s runtime is not on this machine (npx install-electron fetches it): the window opens in your browser.\n',
    );
  }
  return await runFromHere([program, 'serve', ...args.filter((argument) => argument !== '--web')]);
}

/** npm runs scripts in the project's folder; paths on the command line are meant from where the person is. */
function runFromHere(given: string[], executable = process.execPath): Promise<number> {
  return run(given, 'inherit', { cwd: process.env['INIT_CWD'] ?? process.cwd(), executable });
}

async function newest(folders: readonly string[]): Promise<number> {
  let latest = await changedAt(join(root, 'package.json'));
  for (const folder of folders) {
    for (const file of await readdir(join(root, folder), { recursive: true })) {
      latest = Math.max(latest, await changedAt(join(root, folder, file)));
    }
  }
  return latest;
}

async function changedAt(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.mtimeMs ?? 0;
}

function run(
  given: string[],
  stdio: 'inherit' | ['ignore', NodeJS.WriteStream, 'inherit'],
  { cwd = root, executable = process.execPath } = {},
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(executable, given, { stdio, cwd });
    // Ctrl-C reaches the child by itself, which tidies up; this process only waits for it.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
    // npm that is told to end ends its shell, and tells nobody else.
    const parent = process.ppid;
    const watching = setInterval(() => process.ppid !== parent && child.kill(), 500);
    child.on('exit', (code, signal) => {
      clearInterval(watching);
      resolve(code ?? (signal === null ? 1 : 130));
    });
  });
}
