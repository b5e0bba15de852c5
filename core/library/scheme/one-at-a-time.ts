// One removal at a time in a folder: two at once would each rely on what the other one takes away.

import { StrongroomError } from '../../../shared/errors.ts';
import type { Catalog } from '../../catalog/index.ts';
import { mayBeAlive } from '../../files/index.ts';
import { parseSchemeRequest, type SchemeRequest } from './scheme-request.ts';

/**
 * Called by a job that is marked as running already: of two that begin at the same moment each sees the other, or one does.
 * @throws BUSY; DAMAGED_CATALOG
 */
export function requireAlone({ jobs }: Pick<Catalog, 'jobs'>, { folder, runId }: SchemeRequest): void {
  for (const { id, kind, state } of jobs.list()) {
    if (kind !== 'scheme' || state !== 'running') continue;
    const owner = jobs.ownerOf(id);
    if (owner === null || !mayBeAlive(owner)) continue; // its program is gone, and nothing is removed by it now
    const other = parseSchemeRequest(jobs.requestOf(id));
    if (other.folder !== folder || other.runId === runId) continue;
    throw new StrongroomError('BUSY', `Another scheme is being carried out in “${folder}” just now.`, {
      hint: 'Nothing was removed by this one. Wait until the other has ended, then plan anew.',
    });
  }
}
