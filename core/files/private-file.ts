// A small new file that only its owner may read: whole and synced, or not there at all. Never replaces a file.

import { open, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import { syncFolder } from './sync-folder.ts';

/** Mode of files that hold a secret. */
export const PRIVATE_MODE = 0o600;

/** @throws OUTPUT_REFUSED when there is a file already, or none may be made; NO_SPACE, IO_FAILED */
export async function writePrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await create(path);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await unlink(path);
    throw error;
  }
  await handle.close();
  await syncFolder(dirname(path));
}

async function create(path: string): ReturnType<typeof open> {
  try {
    return await open(path, 'wx', PRIVATE_MODE);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EEXIST', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'].includes(code)) throw error;
    throw new StrongroomError(
      'OUTPUT_REFUSED',
      code === 'EEXIST'
        ? `There is a file called “${basename(path)}” already, and it is left as it is.`
        : code === 'ENOENT'
          ? `There is no folder “${dirname(path)}”.`
          : `“${basename(path)}” cannot be made in “${dirname(path)}”.`,
      { hint: 'Choose another name, or a folder where you may write.', cause: error },
    );
  }
}
