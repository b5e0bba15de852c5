// What `npm test` does before the tests: format, lint, types and the build, side by side. What each of them has to say is printed in one
// piece when it has ended; the first that fails decides the exit code.

import { spawn } from 'node:child_process';

const SCRIPTS = ['lint', 'types', 'format:check', 'build'];

const codes = await Promise.all(SCRIPTS.map(run));
process.exitCode = codes.find((code) => code !== 0) ?? 0;

function run(script: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '-s', script], { shell: process.platform === 'win32' });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => said.push(piece));
    child.on('error', reject);
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(said));
      if (code !== 0) process.stdout.write(`npm run ${script} failed.\n`);
      resolve(code ?? 1);
    });
  });
}
