// The few steps by which one file takes another's place. None overwrites or removes the only copy of anything.

import { link, lstat, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import type { FileIdentity } from './output-journal.ts';
import { syncFolder } from './sync-folder.ts';

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

/**
 * Gives the original its second name; it keeps its first one too where the file system has hard links.
 * @throws OUTPUT_REFUSED when `keepAs` exists
 */
export async function setAside(finalPath: string, keepAs: string): Promise<void> {
  if (!(await linkIfPossible(finalPath, keepAs))) await rename(finalPath, keepAs);
  await syncFolder(dirname(keepAs));
  // Before the new file gets the name, the second one has to be on the disk; without links both folders changed.
  if (dirname(keepAs) !== dirname(finalPath)) await syncFolder(dirname(finalPath));
}

/** @throws OUTPUT_REFUSED when `to` exists */
export async function moveWithoutOverwriting(from: string, to: string): Promise<void> {
  if (await linkIfPossible(from, to)) await unlink(from);
  else await rename(from, to);
}

/** False where there are no hard links; then at least nothing stands at `to`. @throws OUTPUT_REFUSED */
async function linkIfPossible(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') throw existing(to);
    if (!NO_HARD_LINKS.has(code)) throw error;
    await refuseExisting(to);
    return false;
  }
}

export async function identityOf(path: string): Promise<FileIdentity | null> {
  const found = await statOrNull(path);
  return found === null ? null : { sizeBytes: Number(found.size), mtimeMs: Number(found.mtimeNs) / 1e6 };
}

export function sameFile(a: FileIdentity | null, b: FileIdentity | null): boolean {
  return a !== null && b !== null && a.sizeBytes === b.sizeBytes && Math.abs(a.mtimeMs - b.mtimeMs) < 1;
}

/** True where both are names of one file, so that it stays when one of them goes. A link that leads to the other is none. */
export async function isOneFile(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([statOrNull(a, lstat), statOrNull(b, lstat)]);
  return left !== null && right !== null && left.ino === right.ino && left.dev === right.dev;
}

/** @throws OUTPUT_REFUSED */
export async function refuseExisting(path: string): Promise<void> {
  if ((await statOrNull(path)) !== null) throw existing(path);
}

async function statOrNull(path: string, look: typeof stat = stat) {
  try {
    return await look(path, { bigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function existing(path: string): StrongroomError {
  return new StrongroomError('OUTPUT_REFUSED', `“${path}” already exists; nothing is ever overwritten.`, {
    hint: 'Choose another folder, or move that file away.',
  });
}
