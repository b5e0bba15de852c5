// How far a rotation has got. Told from what the catalogue knows now, and not from what was planned: a file that came since, or went, or was
// rewritten elsewhere is told as it is.

import { basename, sep } from 'node:path';

import { isBackupName } from '../../../shared/backup-names.ts';
import type { PlainError } from '../../../shared/errors.ts';
import type { JobDetails, JobState } from '../../../shared/jobs.ts';
import type { KeyInfo } from '../../../shared/keys.ts';
import type {
  RotationCopy,
  RotationKey,
  RotationRequest,
  RotationState,
  RotationStatus,
} from '../../../shared/rotation.ts';
import type { Catalog, RotationRow } from '../../catalog/index.ts';
import { QUARANTINE_FOLDER } from '../../files/index.ts';
import { batchReport } from '../batch/index.ts';
import { isAway, named } from './plan-rotation.ts';
import { rotationAdvice } from './rotation-advice.ts';
import { isWholeLibrary, parseRotationRequest } from './rotation-request.ts';
import { mayBeUnderOldKeys } from './under-old-keys.ts';

/** @param keys of the vault; null while it is locked: then keys have no names */
export function rotationStatus(
  catalog: Catalog,
  row: RotationRow,
  keys: readonly KeyInfo[] | null,
): RotationStatus {
  const request = parseRotationRequest(row.requestJson);
  const jobs = row.jobIds.flatMap((id) => catalog.jobs.get(id) ?? []);
  const last = jobs.at(-1) ?? null;
  const kept = [...keptOriginals(catalog, jobs), ...removedByScheme(catalog, request)];
  const left = [...leftFiles(catalog, request, last), ...kept];
  const keyOf = (id: string): RotationKey => {
    const key = keys?.find((one) => one.id === id);
    return key === undefined ? { id, label: '', state: null } : named(key);
  };
  const newKey = keys?.find(({ id }) => id === request.newKeyId);
  const oldKeys = (keys ?? []).filter(({ id }) => request.oldKeyIds.includes(id));
  return {
    id: row.id,
    request,
    createdAt: row.createdAt,
    endedAt: row.endedAt,
    state: stateOf(row, last, left),
    jobId: last?.id ?? null,
    oldKeys: request.oldKeyIds.map(keyOf),
    newKey: keyOf(request.newKeyId),
    doneCount: jobs.reduce((sum, { counts }) => sum + counts.done, 0),
    left,
    apart: apartSince(catalog, jobs, row.createdAt),
    advice: newKey === undefined ? [] : rotationAdvice({ oldKeys, newKey, originals: request.originals }),
  };
}

const RUNS: Readonly<Partial<Record<JobState, RotationState>>> = {
  waiting: 'running',
  running: 'running',
  paused: 'paused',
  interrupted: 'interrupted',
};

function stateOf(
  { endedBy }: RotationRow,
  last: JobDetails | null,
  left: readonly RotationCopy[],
): RotationState {
  if (endedBy === 'person') return 'ended';
  const running = last === null ? undefined : RUNS[last.state];
  if (running !== undefined) return running;
  return left.every(({ why }) => why === 'kept') ? 'done' : 'open';
}

/** Files of the library that an old key opens or may open, and why each still does. */
function leftFiles(catalog: Catalog, request: RotationRequest, last: JobDetails | null): RotationCopy[] {
  const failures = new Map(
    (last?.items ?? []).flatMap(({ path, error }): [string, PlainError][] =>
      error === null ? [] : [[path, error]],
    ),
  );
  return mayBeUnderOldKeys(catalog, request).flatMap(({ name, date, copies }) =>
    copies.flatMap((copy): RotationCopy[] => {
      const { path, state } = copy;
      if (isAway(copy)) return [{ path, name, date, why: 'away', error: null }];
      if (state !== 'present') return [];
      const error = failures.get(path) ?? null;
      return [{ path, name, date, why: error === null ? 'waiting' : 'failed', error }];
    }),
  );
}

/** Originals that its jobs set aside and that are known to be there still. */
function keptOriginals(catalog: Catalog, jobs: readonly JobDetails[]): RotationCopy[] {
  return jobs.flatMap(({ id }) =>
    batchReport(catalog, id).items.flatMap(({ originalPath }): RotationCopy[] => {
      const copy = originalPath === null ? null : catalog.copies.find(originalPath);
      const facts = copy === null ? null : catalog.factsOf(copy.identity);
      if (copy === null || facts === null || copy.missingSince !== null) return [];
      return [{ path: copy.path, name: facts.name, date: facts.date, why: 'kept', error: null }];
    }),
  );
}

/** What a scheme moved into quarantine is no file of the library, so that it keeps its key; it may be brought back. */
function removedByScheme(catalog: Catalog, request: RotationRequest): RotationCopy[] {
  if (!isWholeLibrary(request)) return [];
  return catalog.library
    .backups({}, new Set(request.oldKeyIds), null)
    .flatMap(({ keyIds, copies, name, date }) =>
      copies
        .filter(({ path, state }) => keyIds.length > 0 && state === 'present' && isRemovedByScheme(path))
        .map(({ path }) => ({ path, name, date, why: 'kept', error: null })),
    );
}

/** An original that waits there has another end. */
function isRemovedByScheme(path: string): boolean {
  return path.includes(sep + QUARANTINE_FOLDER + sep) && isBackupName(basename(path));
}

/** Names of backups of which this rotation made two: their copies were alike before. */
function apartSince(catalog: Catalog, jobs: readonly JobDetails[], createdAt: string): string[] {
  const origins = new Map<string, string>();
  for (const { path, state } of jobs.flatMap(({ items }) => items)) {
    const copy = state === 'done' ? catalog.copies.find(path) : null;
    const [origin] = copy === null ? [] : catalog.replacements.originsOf(copy.identity);
    if (origin !== undefined)
      origins.set(origin.oldIdentity, catalog.factsOf(origin.oldIdentity)?.name ?? '');
  }
  return [...origins].flatMap(([identity, name]) => {
    const made = catalog.replacements
      .replacedBy(identity)
      .filter(({ at, newIdentity }) => at >= createdAt && isInLibrary(catalog, newIdentity));
    return new Set(made.map(({ newIdentity }) => newIdentity)).size > 1 ? [name] : [];
  });
}

function isInLibrary({ copies }: Catalog, identity: string): boolean {
  return copies
    .byIdentity(identity)
    .some(({ folderId, missingSince }) => folderId !== null && missingSince === null);
}
