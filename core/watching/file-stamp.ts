// What tells one state of a file from another without reading it, and what a look at a path can find.

import { open, stat } from 'node:fs/promises';

export interface FileStamp {
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  /** It changes too when a file is overwritten under a kept time. */
  readonly ctimeNs: bigint;
  /** 0 where inodes are made up by the file system and differ from look to look. */
  readonly inode: bigint;
  readonly device: bigint;
}

/** absent: no such path; other: no file; refused: the system gives no answer that says either. */
export type Look =
  { readonly kind: 'file'; readonly stamp: FileStamp } | { readonly kind: 'absent' | 'other' | 'refused' };

/** Shares and FAT make inodes up. */
export type Inodes = 'trusted' | 'made-up';

/** Looks at what `path` is, through symbolic links. Never throws. */
export async function lookAt(path: string, inodes: Inodes): Promise<Look> {
  try {
    const status = await stat(path, { bigint: true });
    if (!status.isFile()) return { kind: 'other' };
    return { kind: 'file', stamp: stampOf(status, inodes) };
  } catch (error) {
    return { kind: isMissing(error) ? 'absent' : 'refused' };
  }
}

/** As `lookAt`, but by opening the file: a share then asks its server, and a file that somebody keeps to himself is refused. */
export async function lookInto(path: string, inodes: Inodes): Promise<Look> {
  try {
    const handle = await open(path, 'r');
    try {
      const status = await handle.stat({ bigint: true });
      return status.isFile() ? { kind: 'file', stamp: stampOf(status, inodes) } : { kind: 'other' };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { kind: isMissing(error) ? 'absent' : 'refused' };
  }
}

export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.inode === b.inode &&
    a.device === b.device
  );
}

export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

interface Status {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  readonly dev: bigint;
}

function stampOf({ size, mtimeNs, ctimeNs, ino, dev }: Status, inodes: Inodes): FileStamp {
  return {
    sizeBytes: Number(size),
    mtimeNs,
    ctimeNs,
    inode: inodes === 'trusted' ? ino : 0n,
    device: dev,
  };
}
