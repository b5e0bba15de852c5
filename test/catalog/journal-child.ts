// One of several processes at one catalogue. Reads orders from stdin, one a line, and answers each with one line:
// open <time> <path>: opens it at that instant; claim <time> <count>: claims the jobs 1 to count, tells which it got;
// work <time> <count>: makes that many jobs with one item and ends it, tells the id of each as soon as it is done.

import { createInterface } from 'node:readline';

import { openCatalog, type Catalog } from '../../core/catalog/index.ts';
import { toPlainError } from '../../shared/errors.ts';

const me = `process ${process.pid}`;
let catalog: Catalog | null = null;

function answer(line: string): void {
  process.stdout.write(`${line}\n`);
}

function obey(order: string, given: string): void {
  if (order === 'open') {
    catalog = openCatalog(given);
    answer(`opened ${catalog.backups().length}`);
    return;
  }
  const jobs = catalog?.jobs;
  if (jobs === undefined) throw new Error('Open it first.');
  const numbers = Array.from({ length: Number(given) }, (_, index) => index + 1);
  if (order === 'claim') answer(numbers.filter((id) => jobs.claim(id, me, null)).join(' '));
  else
    for (const size of numbers) {
      const { id } = jobs.create('verify', me, 0, '{}', [{ path: '/x.tar', sizeBytes: size }]);
      jobs.startItem(id, 0);
      jobs.endItem(id, 0, { state: 'done', message: 'Good.', error: null, resultJson: `${size}` });
      answer(`ended ${id}`);
    }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [order = '', at = '', ...given] = line.split(' ');
  while (Date.now() < Number(at)); // all at the same instant, so not by a timer
  try {
    obey(order, given.join(' '));
  } catch (error) {
    const { code, message } = toPlainError(error);
    answer(`${code} ${message}`);
  }
}
