// A file on its way out of the library: it goes only if it is still the one that was meant, and nobody writes it. To the system's
// trash, or wherever else the caller takes it.

import { access } from 'node:fs/promises';
import { basename } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import type { Catalog } from '../catalog/index.ts';
import { journalPathOf, moveToTrash } from '../files/index.ts';

/** @throws BUSY */
export async function refuseBeingWritten(path: string): Promise<void> {
  const isBeingWritten = await access(journalPathOf(path)).then(
    () => true,
    () => false,
  );
  if (!isBeingWritten) return;
  throw new StrongroomError('BUSY', `“${basename(path)}” is being rewritten, so it stays where it is.`, {
    hint: 'Wait until the job that works on it has ended.',
  });
}

export function changedSince(path: string): StrongroomError {
  return new StrongroomError(
    'SOURCE_CHANGED',
    `“${basename(path)}” is not the file any more that the library knows, so it stays where it is.`,
    { hint: 'Scan its folder, look at it, and then decide.' },
  );
}

/** @param move says why it could not; null where it is in the trash. @throws IO_FAILED */
export async function toTrash(
  path: string,
  move: (path: string) => Promise<string | null> = moveToTrash,
): Promise<void> {
  const reason = await move(path);
  if (reason === null) return;
  throw new StrongroomError(
    'IO_FAILED',
    `The system did not take “${basename(path)}” into its trash: ${reason}`,
    {
      hint: 'Network shares and some drives have no trash. Remove it in your file manager if you are sure.',
    },
  );
}

/** It is none of the library any more; what is known of its content stays. @throws as the catalogue */
export function forgetFile(catalog: Catalog, path: string): void {
  catalog.batch(() => {
    catalog.copies.remove(path);
    catalog.unreadable.remove([path]);
  });
}
