// The few steps by which one file takes another's place. None overwrites or removes the only copy of anything.

import { link, rename, stat, unlink } from 'node:fs/promises';

import { StrongroomError } from '../../shared/errors.ts';
import type { FileIdentity } from './output-journal.ts';
import { syncFolderOf } from './sync-folder.ts';

/** What file systems without hard links (FAT, exFAT, some network shares) answer. */
const NO_HARD_LINKS = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
  'EACCES',
  'UNKNOWN',
  'EINVAL',
]);

/** Gives the original its second name; it keeps its first one too where the file system has hard links. */
export async function setAside(finalPath: string, keepAs: string): Promise<void> {
  try {
    await link(finalPath, keepAs);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!NO_HARD_LINKS.has(code)) throw error;
    await rename(finalPath, keepAs);
  }
  await syncFolderOf(keepAs);
}

/** @throws OUTPUT_REFUSED when `to` exists */
export async function moveWithoutOverwriting(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') throw existing(to);
    if (!NO_HARD_LINKS.has(code)) throw error;
    await refuseExisting(to);
    await rename(from, to);
  }
}

export async function identityOf(path: string): Promise<FileIdentity | null> {
  try {
    const found = await stat(path);
    return { sizeBytes: found.size, mtimeMs: found.mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function sameFile(a: FileIdentity | null, b: FileIdentity | null): boolean {
  return a !== null && b !== null && a.sizeBytes === b.sizeBytes && Math.abs(a.mtimeMs - b.mtimeMs) < 1;
}

/** @throws OUTPUT_REFUSED */
export async function refuseExisting(path: string): Promise<void> {
  if ((await identityOf(path)) !== null) throw existing(path);
}

function existing(path: string): StrongroomError {
  return new StrongroomError('OUTPUT_REFUSED', `“${path}” already exists; nothing is ever overwritten.`, {
    hint: 'Choose another folder, or move that file away.',
  });
}
