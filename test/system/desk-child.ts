// Another Strongroom with three workers on the same data folder. Reads calls from stdin, one a line as JSON, carries them out side by
// side, and answers each with a line; tells events of its jobs as they come. node desk-child.ts <folder of the place>

import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { openStrongroom } from '../../core/strongroom.ts';
import { toPlainError } from '../../shared/errors.ts';
import { MemoryKeychain } from '../vault/vault-parts.ts';
import { callsOf, type DeskCall } from './desk-calls.ts';
import { placeAt, unlock } from './library-place.ts';

const { data } = placeAt(process.argv[2] ?? '');
const strongroom = await openStrongroom({
  dataFolder: data,
  threads: 3,
  idleLock: 'never',
  keychain: new MemoryKeychain(),
});
await unlock(strongroom.vault);
const calls = callsOf(strongroom.library.desk, (event) => tell({ event }));
tell({ ready: true });
const running: Promise<void>[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const { id, call, args } = JSON.parse(line) as { id: number; call: DeskCall; args: never[] };
  const carryOut = calls[call] as (...args: never[]) => Promise<unknown>;
  running.push(
    carryOut(...args).then(
      (value) => tell({ id, value }),
      (error: unknown) => tell({ id, error: toPlainError(error) }),
    ),
  );
}
await Promise.all(running);
await strongroom.close();

function tell(what: unknown): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
