// A program with a secret in its memory: node core-dump-child.ts <excluded|as-usual> <abort|tell>
// tell: prints what the call said and the filters of its process, a thread of it and a child. The secret is made
// here in the moment of its use, so that it lies in no file and no argument.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

import { excludeFromCoreDumps } from '../../core/vault/core-dumps.ts';

const FILTER = '/proc/self/coredump_filter';
const [how, then] = process.argv.slice(2);
const said = how === 'excluded' ? excludeFromCoreDumps() : null;
const secret = createHash('sha512').update('the secret of core-dump-child').digest();
if (then === 'abort') {
  if (secret.length > 0) process.abort();
} else {
  const read = `require('node:fs').readFileSync('/proc/self/coredump_filter', 'utf8')`;
  const thread = new Worker(`require('node:worker_threads').parentPort.postMessage(${read})`, { eval: true });
  const [threadFilter] = (await once(thread, 'message')) as [string];
  const childFilter = execFileSync('cat', [FILTER], { encoding: 'utf8' });
  const filters = [readFileSync(FILTER, 'utf8'), threadFilter, childFilter].map((text) => text.trim());
  console.log(JSON.stringify({ said, filters }));
}
