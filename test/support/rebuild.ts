// A fixture with one part exchanged: for shapes that no real writer left in test/fixtures.

import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createCipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pack } from 'tar-stream';

import { deriveLegacyIv, deriveLegacyKey } from '../../core/securetar/index.ts';
import { FIXTURES } from './fixtures.ts';
import { readOuter } from './outer-archive.ts';

/** Writes `fixture` to `path` with other contents for the parts named in `contents`. */
export async function rebuild(
  fixture: string,
  path: string,
  contents: Readonly<Record<string, Buffer>>,
): Promise<void> {
  const parts = await readOuter(join(FIXTURES, fixture));
  const outer = pack();
  const writing = pipeline(outer, createWriteStream(path));
  for (const { header, content } of parts) {
    const { name, mode, mtime } = header;
    outer.entry({ name, mode, mtime }, contents[name.replace(/^\.\//, '')] ?? content);
  }
  outer.finalize();
  await writing;
}

/** Encrypted as releases up to 2024.11 did it: salt and AES-128-CBC of whole blocks. */
export function sealV1(body: Buffer, password: string): Buffer {
  const salt = randomBytes(16);
  const key = deriveLegacyKey(Buffer.from(password));
  const cipher = createCipheriv('aes-128-cbc', key, deriveLegacyIv(key, salt));
  cipher.setAutoPadding(false);
  return Buffer.concat([salt, cipher.update(body), cipher.final()]);
}

/** A gzip stream as the v1 writer left it: deflate data, CRC-32 and length each padded to a block. */
export function padAsV1(gzip: Buffer): Buffer {
  const padded = (bytes: Buffer): Buffer => {
    const count = (16 - (bytes.length % 16)) % 16;
    return Buffer.concat([bytes, Buffer.alloc(count, count)]);
  };
  return Buffer.concat([
    padded(gzip.subarray(0, -8)),
    padded(gzip.subarray(-8, -4)),
    padded(gzip.subarray(-4)),
  ]);
}
