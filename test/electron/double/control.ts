// What the test asks of the program's process: to run a function with Electron in hand, as Playwright does with the real one.

import { statSync } from 'node:fs';
import { basename } from 'node:path';

import { BrowserWindow } from './browser-window.ts';
import { tell, type ToDouble } from './world.ts';

export function obeyTest(electron: () => Promise<object>): void {
  process.on('message', (message: ToDouble) => {
    carryOut(message, electron).then(
      (value) => tell({ kind: 'answer', id: message.id, value }),
      (error: Error) => tell({ kind: 'failure', id: message.id, message: error.stack ?? error.message }),
    );
  });
  process.channel?.unref(); // the test keeps nothing alive
}

async function carryOut(message: ToDouble, electron: () => Promise<object>): Promise<unknown> {
  if (message.kind === 'evaluate') {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- it is the test's own function
    const run = new Function(`return (${message.source});`)() as (
      electron: object,
      argument: unknown,
    ) => unknown;
    return run(await electron(), message.argument);
  }
  const files = message.paths.map((path) => ({ path, name: basename(path), size: statSync(path).size }));
  await Promise.all(BrowserWindow.getAllWindows().map(({ webContents }) => webContents.know(files)));
  return null;
}
