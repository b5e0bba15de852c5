// The removal from one folder as a job: first the last look at what stays, then file by file, each only if it is still the one that was
// planned. It never ends with less than the plan keeps.

import { realpath, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

import { StrongroomError, type PlainError } from '../../../shared/errors.ts';
import type { JobItem } from '../../../shared/jobs.ts';
import { isSameFile } from '../../catalog/index.ts';
import { findRemoval, removeToQuarantine, type Removal } from '../../files/index.ts';
import type { JobHandler, JobItemContext, JobItemResult } from '../../jobs/index.ts';
import { describeFileProblem } from '../file-problem.ts';
import { changedSince, forgetFile, refuseBeingWritten, toTrash } from '../leaving-file.ts';
import { stampFile } from '../recognise-backup.ts';
import { isAbsence, noteGoneFile } from '../scan/gone-files.ts';
import type { LibraryServices } from '../services.ts';
import { checkFresh } from './fresh-check.ts';
import { requireAlone } from './one-at-a-time.ts';
import { purgeRemoved } from './purge-removed.ts';
import { parseSchemeRequest, type SchemeItemResult, type SchemeRequest } from './scheme-request.ts';

export interface SchemeHandlerOptions {
  /** Says why it could not; null where it is in the trash. The system's unless told. */
  readonly moveToTrash?: (path: string) => Promise<string | null>;
}

export function schemeHandler(services: LibraryServices, options: SchemeHandlerOptions = {}): JobHandler {
  return new SchemeHandler(services, options);
}

class SchemeHandler implements JobHandler {
  readonly kind = 'scheme';
  readonly #services: LibraryServices;
  readonly #moveToTrash: SchemeHandlerOptions['moveToTrash'];

  constructor(services: LibraryServices, { moveToTrash }: SchemeHandlerOptions) {
    this.#services = services;
    this.#moveToTrash = moveToTrash;
  }

  async prepare(requestJson: string, signal: AbortSignal): Promise<void> {
    const request = parseSchemeRequest(requestJson);
    requireAlone(this.#services.catalog, request);
    await checkFresh(this.#services, request, signal);
    await purgeRemoved(this.#services, [request.folder]);
  }

  /** So that what stays is looked at between any two. */
  atATime(): number {
    return 1;
  }

  async run({ path, attempts }: JobItem, { requestJson }: JobItemContext): Promise<JobItemResult> {
    const request = parseSchemeRequest(requestJson);
    const identity = request.goes.find((one) => one.path === path)?.identity ?? '';
    try {
      const reason = await this.#reasonToStay(path, identity, request);
      if (reason !== null) return { state: 'skipped', message: reason, resultJson: null };
      return await this.#remove(path, identity, request);
    } catch (error) {
      if (!isAbsence(error)) throw describeFileProblem(error, path);
      return await this.#noteAbsent(path, identity, request, attempts);
    }
  }

  /** It may have gone just when the program was stopped. */
  async recover({ path }: JobItem, requestJson: string): Promise<void> {
    const { runId, goes } = parseSchemeRequest(requestJson);
    const removal = await findRemoval(path, runId);
    const identity = goes.find((one) => one.path === path)?.identity;
    if (removal !== null && identity !== undefined) await this.#noteRemoval(removal, identity);
    else if (!(await isThere(path))) await noteGoneFile(this.#services.catalog, path);
  }

  endsJob({ code, details }: PlainError): boolean {
    return details?.[KEPT_IS_GONE] === true || code === 'DAMAGED_CATALOG' || code === 'NO_SPACE';
  }

  isPassing({ code }: PlainError): boolean {
    return code === 'BUSY';
  }

  /** A full sentence; null where it may go. @throws BUSY; what the system says */
  async #reasonToStay(path: string, identity: string, request: SchemeRequest): Promise<string | null> {
    const { catalog } = this.#services;
    await requireStaying(this.#services, request);
    if (await isReachedByLink(path, request.folder))
      return 'A link leads to it, it lies elsewhere, so it stays. Remove it yourself if you are sure.';
    await refuseBeingWritten(path);
    if (catalog.library.byIdentity(identity, null)?.isPinned === true) return 'It was pinned meanwhile.';
    const known = catalog.copies.find(path);
    if (known !== null && known.folderId !== (catalog.folders.find(request.folder)?.id ?? null))
      return 'It is in another folder of your library now, which decides about it by itself.';
    return (await this.#isAsPlanned(path, identity)) ? null : changedSince(path).message;
  }

  /** Untouched since it was read: a changed one is another decision, also where it holds the same backup. */
  async #isAsPlanned(path: string, identity: string): Promise<boolean> {
    const known = this.#services.catalog.copies.find(path);
    return known !== null && known.identity === identity && isSameFile(known.stamp, await stampFile(path));
  }

  async #remove(path: string, identity: string, request: SchemeRequest): Promise<JobItemResult> {
    const { rule, runId } = request;
    if (rule.to === 'trash') {
      await toTrash(path, this.#moveToTrash);
      forgetFile(this.#services.catalog, path);
      return removed('In the trash.', null);
    }
    const removal = await removeToQuarantine(path, { runId, days: rule.undoDays });
    await this.#noteRemoval(removal, identity);
    return removed('In quarantine.', removal);
  }

  /** In quarantine it is none of the library, but its keys are needed as long as it is there. */
  async #noteRemoval({ path, keptAt }: Removal, identity: string): Promise<void> {
    const { catalog } = this.#services;
    const stamp = await stampFile(keptAt);
    catalog.batch(() => {
      forgetFile(catalog, path);
      catalog.copies.put(keptAt, stamp, identity, null);
    });
  }

  /** Nothing is at its place. */
  async #noteAbsent(
    path: string,
    identity: string,
    { rule, runId }: SchemeRequest,
    attempts: number,
  ): Promise<JobItemResult> {
    const removal = await findRemoval(path, runId);
    if (removal !== null) {
      await this.#noteRemoval(removal, identity);
      return removed('Moved into quarantine before the program was stopped.', removal);
    }
    const { catalog } = this.#services;
    await noteGoneFile(catalog, path);
    const isGone = catalog.copies.find(path)?.missingSince !== null; // its folder is there, and it is not
    if (rule.to === 'trash' && attempts > 1 && isGone) {
      forgetFile(catalog, path);
      return removed(
        'It was on its way to the trash when the program was stopped, and is gone from here.',
        null,
      );
    }
    return { state: 'skipped', message: 'It is not there any more.', resultJson: null };
  }
}

const KEPT_IS_GONE = 'keptIsGone';

/**
 * What the removal relied on may have gone away with its drive, which a look at the newest shows, or one by one, which the library knows.
 * @throws SOURCE_CHANGED, which ends the job
 */
async function requireStaying(
  { catalog }: Pick<LibraryServices, 'catalog'>,
  { stays }: SchemeRequest,
): Promise<void> {
  const isKnown = (path: string): boolean => catalog.copies.find(path)?.missingSince === null;
  for (const [index, { paths }] of stays.entries()) {
    const isStaying = index === 0 ? await isAnyThere(paths) : paths.some(isKnown);
    if (isStaying) continue;
    const name = paths[0] === undefined ? 'A backup' : `“${basename(paths[0])}”`;
    throw new StrongroomError('SOURCE_CHANGED', `${name} shall stay, and is not there any more.`, {
      hint: 'Nothing else was removed. Scan the folder, look at it, and plan anew.',
      details: { [KEPT_IS_GONE]: true },
    });
  }
}

async function isAnyThere(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (await isThere(path)) return true;
  return false;
}

/** The file itself is a link, or one of the folders between it and the library's: its quarantine would lie where nobody looks. */
async function isReachedByLink(path: string, folder: string): Promise<boolean> {
  return (await realpath(path)) !== join(await realpath(folder), relative(folder, path));
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

function removed(message: string, removal: Removal | null): JobItemResult {
  const result: SchemeItemResult = {
    keptAt: removal?.keptAt ?? null,
    deletedAfter: removal?.deleteAfter ?? null,
  };
  return { state: 'done', message, resultJson: JSON.stringify(result) };
}
