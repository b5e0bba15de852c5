// Whether a watched folder is there, and whether it is still the same one. An unmounted drive leaves an empty folder behind,
// which must not be taken for a folder whose files were deleted.

import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface FolderRoot {
  /** Without symbolic links. */
  readonly realPath: string;
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * What the watched `path` is now; null where it is not there, does not answer or may not be read, and where it is but the empty
 * place of a drive: another device than `last`, nothing in it, and nothing mounted on it. Never throws.
 */
export async function findRoot(path: string, last: FolderRoot | null): Promise<FolderRoot | null> {
  try {
    const realPath = await realpath(path);
    const status = await stat(realPath, { bigint: true });
    if (!status.isDirectory()) return null;
    const root = { realPath, device: status.dev, inode: status.ino };
    if (last === null || last.device === root.device) return root;
    const { dev: parentDevice } = await stat(dirname(realPath), { bigint: true });
    if (parentDevice === root.device && (await readdir(realPath)).length === 0) return null;
    return root;
  } catch {
    // Whatever the system says, the folder is of no use now; it is asked again with the next heartbeat.
    return null;
  }
}

export function isSameRoot(a: FolderRoot, b: FolderRoot): boolean {
  return a.realPath === b.realPath && a.device === b.device && a.inode === b.inode;
}
