// The process that is killed: runs a batch or a rotation over a library with three workers, or copies, or takes up what an earlier one left,
// and tells on stdout, at once, how far it is. node batch-child.ts <folder of the place> run <plan.json> | copy <plan.json> | take-up

import { readFileSync, writeSync } from 'node:fs';

import { openStrongroom } from '../../core/strongroom.ts';
import type { JobEvent } from '../../shared/jobs.ts';
import type { CopyPlan } from '../../shared/places.ts';
import { placeAt, unlock } from '../system/library-place.ts';
import { MemoryKeychain } from '../vault/vault-parts.ts';
import type { KilledPlan } from './batch-place.ts';
import { takeUp } from './take-up.ts';

const [folder = '', order = '', planPath = ''] = process.argv.slice(2);
const strongroom = await openStrongroom({
  dataFolder: placeAt(folder).data,
  threads: 3,
  idleLock: 'never',
  keychain: new MemoryKeychain(),
});
await unlock(strongroom.vault);
const { desk } = strongroom.library;
const running = { signal: new AbortController().signal, onEvent: tellItem };
if (order === 'run' || order === 'copy') {
  await desk.scan({});
  await startThreads(); // so that the kills meet the work
  tell('begun');
  const plan: unknown = JSON.parse(readFileSync(planPath, 'utf8'));
  const { state } =
    order === 'run' ? await carryOut(plan as KilledPlan) : await desk.runCopies(plan as CopyPlan, running);
  tell(`ended ${state}`);
} else {
  tell('begun');
  await desk.recover();
  tell('recovered');
  await takeUp(desk, running);
  tell('ended');
}
await strongroom.close();

async function carryOut({ batch, rotation }: KilledPlan): Promise<{ readonly state: string }> {
  const started = rotation === null ? null : await desk.rotations.start(rotation, running);
  return started?.run == null ? desk.runBatch(batch, running) : started.run.ended;
}

async function startThreads(): Promise<void> {
  const backups = await desk.listBackups();
  const paths = backups.flatMap(({ copies }) => copies.map(({ path }) => path)).slice(0, 3);
  const keys = await strongroom.library.keysFor(paths[0] ?? '');
  await Promise.all(paths.map((path) => strongroom.verify(path, { keys, level: 'full' })));
}

function tellItem(event: JobEvent): void {
  if (event.kind === 'item') tell(`item ${event.item.position} ${event.item.state}`);
}

function tell(what: string): void {
  writeSync(1, `${what}\n`);
}
