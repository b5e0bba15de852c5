// The folder for new files: made when it is not there, and taken away again when nothing came into it.

import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { StrongroomError } from '../shared/errors.ts';

export interface OutputFolder extends AsyncDisposable {
  readonly path: string;
}

/** @throws OUTPUT_REFUSED when it cannot be made */
export async function openOutputFolder(cwd: string, given: string, mode = 0o777): Promise<OutputFolder> {
  const path = resolve(cwd, given);
  const firstMade = await makeFolder(path, given, mode);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      if (firstMade !== undefined) await removeEmpty(path, resolve(firstMade));
    },
  };
}

async function makeFolder(path: string, given: string, mode: number): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true, mode });
  } catch (error) {
    const taken = ['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw new StrongroomError('OUTPUT_REFUSED', `The folder “${given}” cannot be made.`, {
      hint: taken
        ? 'There is a file in its place. Choose another name.'
        : 'Choose a place where you may write.',
      cause: error,
    });
  }
}

/** From the inside out, as far as the folders are ours and empty. */
async function removeEmpty(path: string, firstMade: string): Promise<void> {
  for (let folder = path; folder.startsWith(firstMade); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return; // something is in it: it stays
    }
  }
}
