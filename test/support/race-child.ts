// One of several processes that reach for the same output at the same instant. Reads orders from stdin, one a line:
// <create|take-over> <time in ms since 1970> <path>, and answers each with one line.

import { createInterface } from 'node:readline';

import { OutputFile, recoverOutput } from '../../core/files/index.ts';
import { OutputJournal } from '../../core/files/output-journal.ts';
import { errorCode } from '../../shared/errors.ts';

const ORDERS: Readonly<Record<string, (path: string) => Promise<string>>> = {
  async create(path) {
    const output = await OutputFile.create(path, { kind: 'new-file' });
    try {
      await output.handle.writeFile(`written by ${process.pid}`);
      await output.publish();
      return `won ${process.pid}`;
    } finally {
      await output.discard();
    }
  },
  async 'take-over'(path) {
    const journal = await OutputJournal.takeOver(path);
    return journal === null ? 'nothing' : 'won';
  },
  async recover(path) {
    await recoverOutput(path);
    return 'recovered';
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [order = '', at = '', ...path] = line.split(' ');
  while (Date.now() < Number(at)); // all at the same instant, so not by a timer
  const answer = await ORDERS[order]?.(path.join(' ')).catch(errorCode);
  process.stdout.write(`${answer}\n`);
}
