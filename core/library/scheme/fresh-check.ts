// The last look before anything is removed from a folder: what the plan keeps is opened once more, and the decision is made once more
// from what is known now. Whatever is not as it was planned stops the whole removal.

import { basename } from 'node:path';

import { errorCode, fromPlainError, StrongroomError, toPlainError } from '../../../shared/errors.ts';
import { parsePolicy, planFolder } from '../../../shared/retention/index.ts';
import { isSameFile } from '../../catalog/index.ts';
import { throwIfCancelled } from '../../files/index.ts';
import { describeFileProblem } from '../file-problem.ts';
import { keyIdsOf } from '../known-keys.ts';
import { listBackups } from '../list-backups.ts';
import { changedMeanwhile, endsEverything, problemOf, stampFile } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';
import { reasonToLeave } from './plan-scheme.ts';
import type { SchemeRequest } from './scheme-request.ts';

type Services = Pick<LibraryServices, 'catalog' | 'engine' | 'vault'>;

const ANEW = 'Nothing is removed now. Scan the folder, look at it, and plan anew.';

/**
 * Every backup that stays is there and readable, and every file that is still to go would be removed by a plan of now.
 * @throws SOURCE_CHANGED, or what reading a file gave, with the file's name in it; CANCELLED; DAMAGED_CATALOG, BUSY
 */
export async function checkFresh(
  services: Services,
  request: SchemeRequest,
  signal: AbortSignal,
): Promise<void> {
  if (request.stays.length === 0) throw refusal('This plan keeps nothing in the folder.');
  await checkDecision(services, request);
  for (const { identity, paths } of request.stays) {
    throwIfCancelled(signal);
    await checkStaying(services, identity, paths);
  }
}

/** One readable file of it is enough. */
async function checkStaying(services: Services, identity: string, paths: readonly string[]): Promise<void> {
  let problem: StrongroomError | null = null;
  for (const path of paths) {
    problem = await problemWith(services, path, identity);
    if (problem === null) return;
  }
  throw problem ?? refusal('A backup that shall stay has no file in the folder.');
}

/**
 * null: the backup in it can be read and is this one. A file that was written since it was last looked at needs its old size as well,
 * because a cut or a hole far inside does not show in the identity.
 */
export async function problemWith(
  { engine, catalog }: Pick<Services, 'engine' | 'catalog'>,
  path: string,
  identity: string,
): Promise<StrongroomError | null> {
  const name = `“${basename(path)}”`;
  try {
    const before = await stampFile(path);
    const inspection = await engine.inspect(path);
    if (!isSameFile(before, await stampFile(path))) throw changedMeanwhile();
    const problem = problemOf(inspection);
    if (problem !== null) throw fromPlainError(problem);
    const known = catalog.copies.find(path);
    if (inspection.identity === identity && known?.stamp.sizeBytes === before.sizeBytes) return null;
    return refusal(`${name} shall stay, and holds another backup than when this was planned.`);
  } catch (thrown) {
    const error = describeFileProblem(thrown, path);
    if (endsEverything(error)) throw error;
    return new StrongroomError(errorCode(error), `${name} shall stay, but: ${toPlainError(error).message}`, {
      hint: ANEW,
      cause: error,
    });
  }
}

async function checkDecision(services: Services, request: SchemeRequest): Promise<void> {
  const { catalog } = services;
  const folder = catalog.folders.find(request.folder);
  if (folder === null) throw refusal(`“${request.folder}” is not a folder of your library any more.`);
  const problem = reasonToLeave(folder);
  if (problem !== null) throw new StrongroomError(problem.code, problem.message, { hint: ANEW });
  const backups = listBackups(services, {}, await keyIdsOf(services.vault));
  const { items } = planFolder(folder, backups, parsePolicy(request.rule.policy), {
    now: new Date(),
    timeZone: request.timeZone,
  });
  const going = new Map(request.goes.map(({ identity, path }) => [identity, path]));
  for (const { identity, decision } of items) {
    const path = going.get(identity);
    if (path === undefined || !decision.keeps) continue;
    throw refusal(`“${basename(path)}” was planned to go, and would stay by what is known now.`);
  }
}

function refusal(message: string): StrongroomError {
  return new StrongroomError('SOURCE_CHANGED', message, { hint: ANEW });
}
