// What tells that a file has not changed since it was read.

import { number, text } from './columns.ts';
import type { Row } from './database.ts';

/** Numbers of the file system as text: they exceed a double. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
  readonly device: string;
}

/** Latest instant that JavaScript can name, milliseconds. */
const MAX_TIME_MS = 8.64e15;

/** Whether both are of one unchanged file. The device is not asked: its number is another after each mount. */
export function isSameFile(a: FileStamp, b: FileStamp): boolean {
  return (
    a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode
  );
}

export function stampOf(row: Row): FileStamp {
  return {
    sizeBytes: number(row, 'size_bytes'),
    mtimeNs: text(row, 'mtime_ns'),
    ctimeNs: text(row, 'ctime_ns'),
    inode: text(row, 'inode'),
    device: text(row, 'device'),
  };
}

/** When the file was last written, renamed or given other permissions, milliseconds since 1970. */
export function changedOf({ ctimeNs }: Pick<FileStamp, 'ctimeNs'>): number {
  return Math.floor(Number(ctimeNs) / 1e6);
}

/** When the file was last written, ISO 8601. */
export function modifiedOf({ mtimeNs }: Pick<FileStamp, 'mtimeNs'>): string {
  const timeMs = Math.floor(Number(mtimeNs) / 1e6);
  return new Date(Math.min(Math.max(timeMs, -MAX_TIME_MS), MAX_TIME_MS)).toISOString();
}
