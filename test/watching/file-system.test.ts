// Which folders are polled: those on shares, of which the system tells nothing.

import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';

import { fileSystemOf } from '../../core/watching/file-system.ts';

const typed = (type: number) => fileSystemOf('/x', () => Promise.resolve(type), 'linux');

describe('the file system of a folder', () => {
  it.each([
    ['nfs', 0x6969],
    ['cifs', 0xff534d42],
    ['cifs as a 32-bit build reads it', 0xff534d42 | 0],
    ['smb2', 0xfe534d42],
    ['sshfs', 0x65735546],
    ['9p', 0x01021997],
  ])('is a share: %s', async (_name, type) => {
    expect(await typed(type)).toEqual({ kind: 'share', inodes: 'made-up' });
  });

  it.each([
    ['ext4', 0xef53, 'trusted'],
    ['btrfs', 0x9123683e, 'trusted'],
    ['tmpfs', 0x01021994, 'trusted'],
    ['vfat', 0x4d44, 'made-up'],
    ['exfat', 0x2011bab0, 'made-up'],
  ])('is local: %s', async (_name, type, inodes) => {
    expect(await typed(type)).toEqual({ kind: 'local', inodes });
  });

  it.each([
    ['\\\\nas\\backups', 'share'],
    ['//nas/backups', 'share'],
    ['\\\\?\\UNC\\nas\\backups', 'share'],
    ['\\\\?\\C:\\backups', 'local'],
    ['C:\\backups', 'local'],
  ])('is told by the name on Windows: %s', async (path, kind) => {
    const noType = () => Promise.reject(new Error('not asked'));
    expect((await fileSystemOf(path, noType, 'win32')).kind).toBe(kind);
  });

  it('is read from the system', async (ctx) => {
    if (process.platform !== 'linux') return ctx.skip('only Linux tells the type');
    const folder = tmpdir();
    expect(await fileSystemOf(folder)).toEqual(await typed(statfsSync(folder).type));
    return undefined;
  });
});
