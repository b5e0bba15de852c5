// Makes a rename or a new name in a folder survive a power cut.

import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Syncs the folder that holds `path`. Windows cannot sync folders: there the file system's own journal has to do. */
export async function syncFolderOf(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(dirname(path), 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems refuse; the names are then as safe as the server makes them.
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  } finally {
    await handle.close();
  }
}
