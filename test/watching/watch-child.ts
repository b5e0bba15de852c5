// Watches the folder given and prints what is told, one line each; closes and must end by itself when told “close”.

import { createInterface } from 'node:readline';

import { watchFolders } from '../../core/watching/index.ts';

const [folder = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const watcher = watchFolders({
  folders: [{ path: folder, polling: 'never' }],
  isWanted: (name) => name.endsWith('.tar'),
  settleMs: 100,
  heartbeatMs: 50,
  pollMs: 1000,
  onFile: (path) => say(`file ${path}`),
  onGone: (path) => say(`gone ${path}`),
  onFolder: (path, state) => say(`${state} ${path}`),
  onProblem: (path, error) => say(`problem ${path} ${error.message} ${String(error.details['systemCode'])}`),
});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line !== 'close') return;
  void watcher.close().then(() => {
    say('closed');
    lines.close();
    process.stdin.unref();
  });
});
