// What a folder's file system can be trusted with, told by its type on Linux (statfs(2)), by its name on Windows. What another
// computer writes to a share causes no event here; FAT and most shares make up inodes.

import { statfs } from 'node:fs/promises';

import type { Inodes } from './file-stamp.ts';

export interface FileSystem {
  readonly kind: 'local' | 'share';
  readonly inodes: Inodes;
}

const SHARES: ReadonlySet<number> = new Set([
  0x6969, // nfs
  0x517b, // smb
  0xff534d42, // cifs
  0xfe534d42, // smb2
  0x65735546, // fuse: sshfs, rclone and others; who writes beneath is not known
  0x01021997, // 9p
  0x5346414f, // afs
  0x6b414653, // kafs
  0x00c36400, // ceph
  0x73757245, // coda
  0x786f4256, // folders shared with a virtual machine, by VirtualBox
  0xbacbacbc, // and by VMware
]);

const FAT: ReadonlySet<number> = new Set([
  0x4d44, // vfat
  0x2011bab0, // exfat
]);

/** Of the folder, given by its real path. @throws whatever statfs does */
export async function fileSystemOf(
  realPath: string,
  readType = async (path: string): Promise<number> => (await statfs(path)).type,
  platform: NodeJS.Platform = process.platform,
): Promise<FileSystem> {
  if (platform === 'win32') return isUnc(realPath) ? SHARE : { kind: 'local', inodes: 'trusted' };
  if (platform !== 'linux') return { kind: 'local', inodes: 'trusted' };
  // 32-bit builds answer with a sign.
  const type = (await readType(realPath)) >>> 0;
  if (SHARES.has(type)) return SHARE;
  return { kind: 'local', inodes: FAT.has(type) ? 'made-up' : 'trusted' };
}

const SHARE: FileSystem = { kind: 'share', inodes: 'made-up' };

/** \\server\share and \\?\UNC\server\share; \\?\C:\ and \\.\ are this computer. */
function isUnc(path: string): boolean {
  return /^[/\\]{2}(?:[^/\\?.]|[?][/\\]UNC[/\\])/i.test(path);
}
