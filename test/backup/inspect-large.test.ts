// Inspecting reads headers only: a sparse file of 50 GB with real headers takes a few hundred reads of a block.

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import { encodeHeader, v3StreamBytes } from '../../core/securetar/index.ts';
import { paddedBytes } from '../../core/tar/index.ts';
import { scratch } from '../support/fixtures.ts';
import { block, padded, pax } from '../tar/tar-blocks.ts';
import { metadata } from './crafted-backups.ts';

const GB = 10 ** 9;
const MEMBERS: Readonly<Record<string, number>> = {
  'homeassistant.tar.gz': 20 * GB,
  'media.tar.gz': 25 * GB + 1,
  'share.tar.gz': 5 * GB,
};

async function sparseBackup(): Promise<{ path: string; bytes: number }> {
  const path = join(await scratch(), 'large.tar');
  const file = await open(path, 'wx');
  let offset = 0;
  const put = async (bytes: Buffer): Promise<void> => {
    await file.write(bytes, 0, bytes.length, offset);
    offset += bytes.length;
  };
  for (const [name, plaintextSizeBytes] of Object.entries(MEMBERS)) {
    const size = v3StreamBytes(plaintextSizeBytes);
    // From 8 GiB on tarfile writes the size into the PAX header and 0 into the field.
    if (size >= 8 * 1024 ** 3)
      await put(Buffer.concat([pax({ size: String(size) }), block({ name, size: 0 })]));
    else await put(block({ name, size }));
    const keys = {
      rootSalt: 16,
      validationSalt: 16,
      validationKey: 32,
      derivationSalt: 16,
      streamHeader: 24,
    };
    const filled = Object.entries(keys).map(([key, length]) => [key, Buffer.alloc(length, 7)]);
    const fields = Object.fromEntries(filled) as Record<keyof typeof keys, Buffer>;
    await file.write(encodeHeader({ version: 3, plaintextSizeBytes, ...fields }), 0, 136, offset);
    offset += paddedBytes(size);
  }
  const { content = '' } = metadata({ protected: true, folders: ['media', 'share'] });
  await put(
    Buffer.concat([block({ name: './backup.json', size: Buffer.byteLength(content) }), padded(content)]),
  );
  const bytes = Math.ceil((offset + 1024) / 10_240) * 10_240;
  await file.truncate(bytes);
  await file.close();
  return { path, bytes };
}

test('50 GB are described from some kilobytes', async () => {
  const { path, bytes } = await sparseBackup();
  const probe = await open(path, 'r');
  const reads = vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, 'read');
  await probe.close();
  try {
    const started = performance.now();
    const result = await inspect(path, { now: new Date('2024-07-01T00:00:00Z') });
    expect(performance.now() - started).toBeLessThan(1000); // some 5 ms on an idle machine
    expect(result).toMatchObject({ sizeBytes: bytes, problem: null, protection: 'encrypted' });
    expect(result.members.map(({ plaintextSizeBytes }) => plaintextSizeBytes)).toEqual(
      Object.values(MEMBERS),
    );
    expect(result.remarks.map(({ code }) => code)).toEqual([]);
    expect(reads.mock.calls.length).toBeLessThan(60);
    const results = await Promise.all(
      reads.mock.results.map(({ value }) => value as Promise<{ bytesRead: number }>),
    );
    expect(results.reduce((sum, { bytesRead }) => sum + bytesRead, 0)).toBeLessThan(64 * 1024);
  } finally {
    reads.mockRestore();
  }
});
