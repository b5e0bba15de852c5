// The process that is killed: carries out a scheme over a library, takes it up again, or brings back what it removed, and tells on stdout,
// at once, how far it is. node scheme-child.ts <folder of the place> apply <quarantine|trash> | take-up | undo

import { writeSync } from 'node:fs';

import { openStrongroom } from '../../core/strongroom.ts';
import type { JobEvent } from '../../shared/jobs.ts';
import { placeAt } from '../system/library-place.ts';
import { MemoryKeychain } from '../vault/vault-parts.ts';
import { schemeTo } from './scheme-place.ts';

const [folder = '', order = '', to = ''] = process.argv.slice(2);
const strongroom = await openStrongroom({
  dataFolder: placeAt(folder).data,
  threads: 1,
  idleLock: 'never',
  keychain: new MemoryKeychain(),
});
const { desk } = strongroom.library;
const running = { signal: new AbortController().signal, onEvent: tellItem };
if (order === 'apply') {
  await desk.scan({});
  const plan = await desk.planScheme(schemeTo(to));
  tell('begun');
  const [report] = await desk.runScheme(plan, running);
  tell(`ended ${report?.state}`);
} else if (order === 'undo') {
  const removed = await desk.removedFiles();
  tell('begun');
  await desk.undoRemoval(removed.map(({ keptAt }) => keptAt));
  tell('ended done');
} else {
  tell('begun');
  await desk.recover();
  const [job] = await desk.jobs(1);
  if (job !== undefined) await desk.resumeJob(job.id, { ...running, retryFailed: false });
  tell('ended done');
}
await strongroom.close();

function tellItem(event: JobEvent): void {
  if (event.kind === 'item') tell(`item ${event.item.position} ${event.item.state}`);
}

function tell(what: string): void {
  writeSync(1, `${what}\n`);
}
