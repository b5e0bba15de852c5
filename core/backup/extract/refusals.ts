// What an answer of the operating system means for an extraction: the end of it, or one entry that is left out with
// a reason. Reasons are clauses that follow an entry's name.

import { StrongroomError } from '../../../shared/errors.ts';

/** The disk cannot take anything more: going on would only leave out everything else too. */
const ENDINGS: Readonly<Record<string, 'NO_SPACE' | 'OUTPUT_REFUSED'>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EROFS: 'OUTPUT_REFUSED',
};

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'a file of this name is already in the folder, and nothing is overwritten',
  EACCES: 'the system does not allow writing there (EACCES)',
  EPERM: 'the system does not allow it (EPERM)',
  ENAMETOOLONG: 'its path is longer than this system allows',
  EFBIG: 'it is larger than a file on this disk can be',
  EINVAL: 'this disk does not allow such a name (EINVAL)',
  EILSEQ: 'this disk does not allow such a name (EILSEQ)',
  ELOOP: 'a symbolic link stands in its way, and nothing is written through links',
};

export const ALREADY_THERE = REASONS['EEXIST'] ?? '';

/**
 * Does one step of writing an entry. Returns null, or why the entry has to be left out.
 * @throws NO_SPACE, OUTPUT_REFUSED where the whole extraction has to end
 */
export async function attempt(folder: string, step: () => Promise<unknown>): Promise<string | null> {
  try {
    await step();
    return null;
  } catch (error) {
    return refusalOf(folder, error);
  }
}

/** @throws NO_SPACE, OUTPUT_REFUSED, or the error itself where it is not of the operating system */
export function refusalOf(folder: string, error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) throw error;
  const ending = ENDINGS[code];
  if (ending === 'NO_SPACE') {
    throw new StrongroomError('NO_SPACE', `The disk is full: not everything fits into “${folder}”.`, {
      hint: 'Make room, then extract again into the same folder: what is complete there is kept and left out.',
      cause: error,
    });
  }
  if (ending === 'OUTPUT_REFUSED') {
    throw new StrongroomError('OUTPUT_REFUSED', `“${folder}” is on a disk that can only be read.`, {
      hint: 'Choose a folder on another disk.',
      cause: error,
    });
  }
  return REASONS[code] ?? `the system refused to write it (${code})`;
}
