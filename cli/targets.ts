// The backups a command is about: files as they are given, and the *.tar files of folders. Half-loaded and
// foreign files that lie beside backups are left out of folders; a file that was named is always taken.

import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { isBackupName } from '../shared/backup-names.ts';
import type { PlainError } from '../shared/errors.ts';
import { toPlainError } from '../shared/errors.ts';
import { QUARANTINE_FOLDER, fileOfJournal } from './engine.ts';
import { describeFileProblem } from './file-problem.ts';

export interface Target {
  readonly path: string;
  /** As the person gave it, for reports. */
  readonly shownAs: string;
  readonly sizeBytes: number;
}

/** Something given that leads to no backup. */
export interface MissingTarget {
  readonly path: string;
  readonly shownAs: string;
  readonly error: PlainError;
}

export type FoundTarget = Target | MissingTarget;

export function isMissing(target: FoundTarget): target is MissingTarget {
  return 'error' in target;
}

export function presentOnes(targets: readonly FoundTarget[]): Target[] {
  return targets.filter((target): target is Target => !isMissing(target));
}

export interface TargetOptions {
  readonly cwd: string;
  readonly recursive: boolean;
  /** A file that is not there may be about to come back: the engine finishes what an interrupted run left. */
  readonly mayBeUnfinished?: boolean;
}

/** Files and folders to backups, in the order given, folders sorted by name; each file once. */
export async function findTargets(given: readonly string[], options: TargetOptions): Promise<FoundTarget[]> {
  const found: FoundTarget[] = [];
  const seen = new Set<string>();
  for (const shownAs of given) {
    for (const target of await expand(shownAs, options)) {
      const identity = isMissing(target) ? target.path : await realpath(target.path).catch(() => target.path);
      if (seen.has(identity)) continue;
      seen.add(identity);
      found.push(target);
    }
  }
  return found;
}

async function expand(shownAs: string, options: TargetOptions): Promise<FoundTarget[]> {
  const path = resolve(options.cwd, shownAs);
  try {
    const status = await stat(path);
    if (!status.isDirectory()) return [{ path, shownAs, sizeBytes: status.size }];
    const inside = await readFolder(path, shownAs, options);
    if (inside.length > 0) return inside;
    const hint = options.recursive
      ? 'Backups are files whose names end in .tar.'
      : 'Backups are files whose names end in .tar; --recursive looks into the folders inside, too.';
    return [
      { path, shownAs, error: { code: 'NOT_A_BACKUP', message: 'There is no backup in this folder.', hint } },
    ];
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && options.mayBeUnfinished === true) return [{ path, shownAs, sizeBytes: 0 }];
    return [{ path, shownAs, error: toPlainError(describeFileProblem(error, 'this file or folder')) }];
  }
}

async function readFolder(path: string, shownAs: string, options: TargetOptions): Promise<FoundTarget[]> {
  const order = new Intl.Collator('en', { numeric: true });
  const entries = (await readdir(path, { withFileTypes: true })).sort((a, b) =>
    order.compare(a.name, b.name),
  );
  const found: FoundTarget[] = [];
  for (const entry of entries) {
    const inner = { path: join(path, entry.name), shownAs: join(shownAs, entry.name) };
    if (entry.isDirectory()) {
      if (options.recursive && entry.name !== QUARANTINE_FOLDER)
        found.push(...(await readFolder(inner.path, inner.shownAs, options)));
    } else if (isBackupName(entry.name) && (entry.isFile() || entry.isSymbolicLink())) {
      found.push(...(await measure(inner)));
    } else if (options.mayBeUnfinished === true) {
      const unfinished = fileOfJournal(entry.name);
      const isGone = unfinished !== null && !entries.some(({ name }) => name === unfinished);
      if (isGone)
        found.push({ path: join(path, unfinished), shownAs: join(shownAs, unfinished), sizeBytes: 0 });
    }
  }
  return found;
}

async function measure(file: { readonly path: string; readonly shownAs: string }): Promise<FoundTarget[]> {
  try {
    const status = await stat(file.path);
    return status.isFile() ? [{ ...file, sizeBytes: status.size }] : [];
  } catch (error) {
    return [{ ...file, error: toPlainError(describeFileProblem(error, 'this file')) }];
  }
}

/** Those whose output in one folder would have the name of another's: only the first of each name can be written there. */
export function refuseSameNames(targets: readonly FoundTarget[]): FoundTarget[] {
  const first = new Map<string, string>();
  return targets.map((target) => {
    if (isMissing(target)) return target;
    const name = basename(target.path).toLowerCase();
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, target.shownAs);
      return target;
    }
    const message = `Another backup of the same name (${other}) goes to that folder already.`;
    const hint = 'Give this one a folder of its own.';
    return { path: target.path, shownAs: target.shownAs, error: { code: 'OUTPUT_REFUSED', message, hint } };
  });
}
