// `npm start` and `npm run -s cli -- …`: runs the program as built from the sources, building first where they are newer.

import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = join(root, 'dist', 'cli', 'strongroom.js');

if ((await newest(['cli', 'core', 'shared', 'build'])) > (await changedAt(entry))) {
  const code = await run([join(root, 'build', 'bundle.ts')], ['ignore', process.stderr, 'inherit']);
  if (code !== 0) process.exit(code);
}
// npm runs scripts in the project's folder; paths on the command line are meant from where the person is.
process.exitCode = await run(
  [entry, ...process.argv.slice(2)],
  'inherit',
  process.env['INIT_CWD'] ?? process.cwd(),
);

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
  args: string[],
  stdio: 'inherit' | ['ignore', NodeJS.WriteStream, 'inherit'],
  cwd = root,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio, cwd });
    // Ctrl-C reaches the child by itself, which tidies up; this process only waits for it.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });
}
