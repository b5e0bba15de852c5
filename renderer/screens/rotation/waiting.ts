// Which watched folders wait for a person with their scheme. Pure.

import type { PlainError } from '../../../shared/errors.ts';
import type { LibraryFolder, WatchEvent } from '../../../shared/library.ts';
import type { PlannedFolder } from '../../../shared/retention/index.ts';
import type { SchemeRule } from '../../../shared/scheme.ts';

export interface WaitingFolder {
  readonly folder: LibraryFolder;
  readonly scheme: SchemeRule;
  /** Backups that would go, of how many. */
  readonly goingCount: number;
  readonly allCount: number;
  /** Why it could not be done; null where it only waits for a yes. */
  readonly error: PlainError | null;
}

/**
 * Those that said last that they wait or could not be done, while their scheme would still remove something.
 * @param events the newest first
 * @param plan what the scheme of a folder would do now
 */
export function waitingIn(
  folders: readonly LibraryFolder[],
  events: readonly WatchEvent[],
  plan: (folder: LibraryFolder, scheme: SchemeRule) => Pick<PlannedFolder, 'removedCount' | 'items'>,
): readonly WaitingFolder[] {
  return folders.flatMap((folder) => {
    const scheme = folder.watch?.scheme ?? null;
    const last = events.find(
      (event) => event.folder === folder.path && (event.kind === 'waits' || event.kind === 'thinned'),
    );
    if (scheme === null || last === undefined) return [];
    if (last.kind !== 'waits' && last.error === null) return [];
    const { removedCount: goingCount, items } = plan(folder, scheme);
    return goingCount === 0
      ? []
      : [{ folder, scheme, goingCount, allCount: items.length, error: last.error }];
  });
}
