// What a scheme would remove from each folder, from what the library knows. Each folder by itself; one of which nothing can be said now
// is left alone.

import { StrongroomError, toPlainError, type PlainError } from '../../../shared/errors.ts';
import type { LibraryFolder } from '../../../shared/library.ts';
import { parsePolicy, planFolder } from '../../../shared/retention/index.ts';
import type { FolderScheme, SchemePlan, SchemeRule } from '../../../shared/scheme.ts';
import type { Catalog } from '../../catalog/index.ts';
import { folderAt } from '../folders.ts';
import { listBackups } from '../list-backups.ts';
import { systemTimeZone } from '../verification/index.ts';
import { isApproved } from './approval.ts';

export interface PlanSchemeOptions {
  readonly rule: SchemeRule;
  /** All of the library unless told. */
  readonly folders?: readonly string[] | undefined;
  /** The vault's keys; null while it is locked. */
  readonly keyIds: ReadonlySet<string> | null;
  /** IANA name; the machine's unless told. */
  readonly timeZone?: string | undefined;
  readonly now?: Date;
}

/** Changes nothing. @throws USAGE the policy is none, or a folder is not of the library; DAMAGED_CATALOG, BUSY */
export async function planScheme(
  services: { readonly catalog: Catalog },
  { rule, folders, keyIds, timeZone = systemTimeZone(), now = new Date() }: PlanSchemeOptions,
): Promise<SchemePlan> {
  const { catalog } = services;
  const policy = parsePolicy(rule.policy);
  const meant =
    folders === undefined
      ? catalog.folders.list()
      : await Promise.all(folders.map((path) => folderAt(catalog, path)));
  const backups = listBackups(services, {}, keyIds, now);
  const planned: FolderScheme[] = [];
  const left: { folder: string; problem: PlainError }[] = [];
  for (const folder of new Map(meant.map((one) => [one.id, one])).values()) {
    const problem = reasonToLeave(folder);
    if (problem !== null) {
      left.push({ folder: folder.path, problem });
      continue;
    }
    const plan = planFolder(folder, backups, policy, { now, timeZone });
    const isMuch = plan.removedCount * 3 > plan.items.length;
    const asks = !isApproved(catalog, folder.id, rule) ? 'first-run' : isMuch ? 'over-a-third' : null;
    planned.push({ ...plan, asks });
  }
  return { rule, timeZone, madeAt: now.toISOString(), folders: planned, left };
}

/** What was seen only in part is not judged: another file there may be the newest, or the last good one. */
export function reasonToLeave({ path, state, scannedAt, problem }: LibraryFolder): PlainError | null {
  if (state === 'unreachable')
    return toPlainError(
      new StrongroomError('IO_FAILED', `The folder “${path}” is not there now.`, {
        hint: 'Connect its drive or share, then scan it.',
      }),
    );
  if (problem !== null) return problem;
  if (state !== 'never-scanned' && scannedAt !== null) return null;
  return toPlainError(
    new StrongroomError('USAGE', `The folder “${path}” has not been scanned yet.`, {
      hint: 'Scan it first.',
    }),
  );
}
