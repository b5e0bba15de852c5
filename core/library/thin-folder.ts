// A watched folder's scheme, carried out by itself after backups came: only where a person has carried out the same rule there before,
// and never when it would take more than a third. Else it waits for a person and says so.

import type { PlainError } from '../../shared/errors.ts';
import type { Job } from '../../shared/jobs.ts';
import { createFormats } from '../../shared/reports/formats.ts';
import type { FolderScheme, SchemeReport, SchemeRule } from '../../shared/scheme.ts';
import type { JobQueue } from '../jobs/index.ts';
import { keyIdsOf } from './known-keys.ts';
import { BACKGROUND_PRIORITY, isOfProgram } from './library-jobs.ts';
import {
  createSchemeJobs,
  parseSchemeRequest,
  planScheme,
  schemeReport,
  textOfRule,
} from './scheme/index.ts';
import type { LibraryServices } from './services.ts';

/** thinned: files went; waits: a person has to look. */
export interface Thinning {
  readonly kind: 'thinned' | 'waits';
  /** Full sentences. */
  readonly message: string;
  readonly error: PlainError | null;
}

export interface ThinningRooms {
  readonly services: LibraryServices;
  readonly queue: JobQueue;
}

/**
 * null: nothing had to go, or a person stopped it. What an end of the program left of an earlier one by the same rule is gone on with
 * first.
 * @throws USAGE the rule is none, or the folder is not of the library; DAMAGED_CATALOG, BUSY, NO_SPACE, DAMAGED_VAULT
 */
export async function thinFolder(
  rooms: ThinningRooms,
  path: string,
  rule: SchemeRule,
  signal: AbortSignal,
): Promise<Thinning | null> {
  const { services, queue } = rooms;
  if (ownJob(services, path, 'paused') !== null) return null;
  const left = ownJob(services, path, 'interrupted');
  if (left !== null && isOfRule(services, left, rule)) await queue.run(left.id, { signal });
  else if (left !== null) await queue.cancel(left.id); // somebody has changed the rule since
  const keyIds = await keyIdsOf(services.vault);
  const plan = await planScheme(services, { rule, folders: [path], keyIds });
  const [problem] = plan.left;
  if (problem !== undefined) return waits(path, problem.problem.message, problem.problem);
  const [folder] = plan.folders;
  if (folder === undefined || folder.removedCount === 0) return null;
  if (folder.asks !== null) return waits(path, whyItAsks(folder, rule), null);
  const [made] = createSchemeJobs(queue, plan, { priority: BACKGROUND_PRIORITY });
  if (made === undefined) return null;
  const { state, error } = await queue.run(made.job.id, { signal });
  if (state === 'failed' && error !== null) return stopped(path, error);
  return told(path, schemeReport(services.catalog, made.job.id));
}

/** The newest one of this folder that the program began by itself and that stands like this; only a person pauses one. */
function ownJob(
  { catalog: { jobs } }: LibraryServices,
  path: string,
  standing: 'interrupted' | 'paused',
): Job | null {
  const left = jobs
    .list()
    .find(
      (job) =>
        job.kind === 'scheme' &&
        isOfProgram(job) &&
        job.state === standing &&
        parseSchemeRequest(jobs.requestOf(job.id)).folder === path,
    );
  return left ?? null;
}

function isOfRule({ catalog: { jobs } }: LibraryServices, { id }: Job, rule: SchemeRule): boolean {
  return textOfRule(parseSchemeRequest(jobs.requestOf(id)).rule) === textOfRule(rule);
}

function whyItAsks(
  { asks, folder, removedCount, items }: FolderScheme,
  { policy, to, undoDays }: SchemeRule,
): string {
  const counts = `${removedCount} of ${items.length} backups would go`;
  const why =
    asks === 'first-run'
      ? `Nobody has carried out this rule here yet, or what it removed was brought back: ${counts}.`
      : `It would be more than a third: ${counts}.`;
  const days = to === 'quarantine' ? ` --undo-days ${undoDays}` : '';
  return `${why} Look at the plan under Rotation in the window, or with: strongroom scheme apply --folder "${folder}" --policy ${policy} --to ${to}${days}`;
}

function waits(folder: string, message: string, error: PlainError | null): Thinning {
  return {
    kind: 'waits',
    message: `The scheme of “${folder}” waits for you; nothing was removed. ${message}`,
    error,
  };
}

/** Before its first file, or after some of them. */
function stopped(folder: string, error: PlainError): Thinning {
  return {
    kind: 'waits',
    message: `The scheme of “${folder}” was not carried out to its end, and waits for you. ${error.message}`,
    error,
  };
}

function told(folder: string, { items, freedBytes, undoUntil, rule }: SchemeReport): Thinning | null {
  const formats = createFormats(undefined, undefined);
  const count = items.filter(({ outcome }) => outcome === 'removed').length;
  const failed = items.find(({ outcome }) => outcome === 'failed');
  if (count === 0 && failed === undefined) return null;
  const [files, have] = [formats.countOf(count, 'file', 'files'), count === 1 ? 'was' : 'were'];
  const place = rule.to === 'trash' ? 'the trash' : 'quarantine';
  const undo =
    undoUntil === null
      ? ''
      : ` ${count === 1 ? 'It' : 'They'} can be brought back until ${formats.date(undoUntil)}.`;
  const trouble = failed === undefined ? '' : ` Not all went well: ${failed.message}`;
  return {
    kind: 'thinned',
    message: `By the scheme of “${folder}” ${files} (${formats.size(freedBytes)}) ${have} moved to ${place}.${undo}${trouble}`,
    error: failed?.error ?? null,
  };
}
