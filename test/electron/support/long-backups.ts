// Backups that take long to verify and no time and room to make: plain, with one file of zeros that is a hole on the disk.

import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { encodeTarHeader, paddedBytes, RECORD_BYTES } from '../../../core/tar/index.ts';

const SHARED = { typeFlag: '0', mode: 0o644, mtimeSeconds: 1_780_000_000 } as const;

/** Writes so many of them, each with a file of `zeroBytes`; their paths. */
export async function writeLongBackups(folder: string, count: number, zeroBytes: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_none, index) => join(folder, `long-${String(index)}.tar`));
  for (const [index, path] of paths.entries()) await writeLongBackup(path, index, zeroBytes);
  return paths;
}

async function writeLongBackup(path: string, index: number, zeroBytes: number): Promise<void> {
  const metadata = Buffer.from(JSON.stringify(metadataOf(index)));
  const zeros = encodeTarHeader({ name: 'zeros.bin', sizeBytes: zeroBytes, ...SHARED });
  const innerBytes = inRecords(zeros.length + paddedBytes(zeroBytes) + 1024);
  const pieces = [
    encodeTarHeader({ name: './backup.json', sizeBytes: metadata.length, ...SHARED }),
    metadata,
    Buffer.alloc(paddedBytes(metadata.length) - metadata.length),
    encodeTarHeader({ name: 'share.tar', sizeBytes: innerBytes, ...SHARED }),
    zeros,
  ];
  const start = Buffer.concat(pieces);
  const file = await open(path, 'wx');
  await file.writeFile(start);
  await file.truncate(inRecords(start.length - zeros.length + innerBytes + 1024));
  await file.close();
}

function inRecords(bytes: number): number {
  return Math.ceil(bytes / RECORD_BYTES) * RECORD_BYTES;
}

function metadataOf(index: number): object {
  return {
    slug: `1009${String(index).padStart(4, '0')}`,
    version: 2,
    name: `Long ${String(index)}`,
    date: `2025-06-${String((index % 28) + 1).padStart(2, '0')}T04:51:12.345678+00:00`,
    type: 'partial',
    supervisor_version: '2025.05.5',
    homeassistant: null,
    folders: ['share'],
    addons: [],
    repositories: [],
    compressed: false,
    protected: false,
    crypto: null,
  };
}
