// What is done when a run of a rotation has ended: the old keys are retired, where the whole library was meant. They stay in the vault as
// long as a known backup needs them; that is held where keys are removed. Done once for each run, also after a crash in between.

import type { Catalog, RotationRow } from '../../catalog/index.ts';
import type { LibraryServices } from '../services.ts';
import { isWholeLibrary, parseRotationRequest } from './rotation-request.ts';
import { rotationStatus } from './rotation-status.ts';

type Services = Pick<LibraryServices, 'vault' | 'catalog'>;

/** @throws VAULT_LOCKED, and what writing the vault throws: then it is done at the next call; DAMAGED_CATALOG, BUSY */
export async function settleRotation({ vault, catalog }: Services, id: number): Promise<void> {
  const row = catalog.rotations.get(id);
  if (row === null || row.endedBy === 'person') return;
  const lastJobId = row.jobIds.at(-1);
  const last = lastJobId === undefined ? null : catalog.jobs.get(lastJobId);
  if (lastJobId === undefined || last?.state !== 'done') return;
  if (row.settledJobId !== lastJobId) {
    // Where not one file got the new key, the old one is still the key of this library.
    if (last.counts.done > 0) await retireOldKeys(vault, row);
    catalog.rotations.setSettled(id, lastJobId);
  }
  noteEnd(catalog, row);
}

async function retireOldKeys(vault: Services['vault'], { requestJson }: RotationRow): Promise<void> {
  const request = parseRotationRequest(requestJson);
  if (!isWholeLibrary(request)) return;
  const old = (await vault.list()).filter(({ id }) => request.oldKeyIds.includes(id));
  for (const { id, state } of old) {
    if (state === 'active') await vault.change(id, { state: 'retired' });
  }
}

/** A file that comes back with its drive opens it again. */
function noteEnd(catalog: Catalog, row: RotationRow): void {
  const isDone = rotationStatus(catalog, row, null).state === 'done';
  if (isDone !== (row.endedBy === 'run')) catalog.rotations.setEnd(row.id, isDone ? 'run' : null);
}
