// One decrypted inner archive is judged: whole, whole with an end that Home Assistant cut, or not whole. Real damage
// is never taken for the harmless kind.

import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { InnerArchive, type ArchiveEnd } from '../../core/backup/read/inner-archive.ts';
import { toPlainError, type PlainError } from '../../shared/errors.ts';
import { flipped, inPieces } from '../securetar/pieces.ts';
import { file, randomNumbers } from '../tar/tar-blocks.ts';
import { innerTar } from './crafted-backups.ts';

type Variant = ConstructorParameters<typeof InnerArchive>[2];

const next = randomNumbers(1);
const CONTENT = Buffer.from(Array.from({ length: 6000 }, () => next(256)));
const TAR = innerTar({ 'data/a.bin': CONTENT, 'data/b.txt': 'second' });
const CONTENT_END = file('data/a.bin', CONTENT).length + file('data/b.txt', 'second').length;
/** A gzip stream whose length leaves this rest when divided by 16. */
const GZIPS = new Map<number, { gzip: Buffer; tar: Buffer }>();
for (let size = 0; size < 200; size++) {
  const tar = innerTar({ 'data/a.bin': CONTENT.subarray(0, 4000 + size), 'data/b.txt': 'second' });
  const gzip = gzipSync(tar);
  if (!GZIPS.has(gzip.length % 16)) GZIPS.set(gzip.length % 16, { gzip, tar });
}

async function judge(
  bytes: Buffer,
  variant: Variant = 'plain',
): Promise<{ names: string[]; end: ArchiveEnd | null; error: PlainError | null; complete: number }> {
  const archive = new InnerArchive('share', inPieces(bytes, 4096) as AsyncIterable<Buffer>, variant);
  const names: string[] = [];
  try {
    for await (const { name } of archive.entries()) names.push(name);
  } catch (error) {
    return { names, end: null, error: toPlainError(error), complete: archive.complete.entryCount };
  }
  return { names, end: archive.end, error: null, complete: archive.complete.entryCount };
}

describe('whole archives', () => {
  test.each(['plain', 'v1-pax', 'v2', 'v3'] as const)('gzip and plain tar (%s)', async (variant) => {
    const gzip = gzipSync(TAR);
    const compressed = await judge(gzip, variant);
    expect(compressed).toMatchObject({ names: ['data/a.bin', 'data/b.txt'], error: null, complete: 2 });
    expect(compressed.end).toMatchObject({
      compressed: true,
      storedPlaintextBytes: gzip.length,
      remarks: [],
    });
    expect(compressed.end!.gzip!.deflateEndBytes).toBe(gzip.length - 8);
    const bare = await judge(TAR, variant);
    expect(bare.end).toMatchObject({ compressed: false, gzip: null, storedPlaintextBytes: TAR.length });
  });

  test('of v1 the padded trailer is read as its writer left it', async () => {
    const { gzip, tar } = GZIPS.get(3)!;
    const deflateEnd = gzip.length - 8;
    const fill = (16 - (deflateEnd % 16)) % 16;
    const twelve = Buffer.alloc(12, 12);
    const padded = Buffer.concat([
      gzip.subarray(0, deflateEnd),
      Buffer.alloc(fill, fill),
      gzip.subarray(-8, -4),
      twelve,
      gzip.subarray(-4),
      twelve,
    ]);
    const { end, error } = await judge(padded, 'v1');
    expect(error).toBeNull();
    expect(end).toMatchObject({
      storedPlaintextBytes: padded.length,
      gzip: { crc32: crc32(tar), state: 'complete' },
    });
    expect(end!.gzip!.deflateEndBytes).toBe(gzip.length - 8);
    expect((await judge(flipped(padded, padded.length - 14), 'v1')).error?.code).toBe('DAMAGED_PAYLOAD');
    expect((await judge(gzip, 'v1')).error?.code).toBe('DAMAGED_PAYLOAD');
  });

  test('nothing at all, and an archive without entries', async () => {
    expect((await judge(Buffer.alloc(10_240))).end).toMatchObject({ tar: { entryCount: 0 }, remarks: [] });
    expect((await judge(gzipSync(Buffer.alloc(10_240)))).error).toBeNull();
    expect((await judge(Buffer.alloc(0))).error?.code).toBe('TRUNCATED');
  });
});

describe('an end that Home Assistant cut', () => {
  test.each([...GZIPS.keys()].filter((rest) => rest > 0))(
    'by %i bytes is recognised in plain and v3, with what is missing',
    async (rest) => {
      const { gzip, tar } = GZIPS.get(rest)!;
      const cut = gzip.subarray(0, gzip.length - rest);
      for (const variant of ['plain', 'v3'] as const) {
        const { names, end, error } = await judge(cut, variant);
        expect(error).toBeNull();
        expect(names).toEqual(['data/a.bin', 'data/b.txt']);
        expect(end?.remarks.map(({ code, member }) => `${code} ${member}`)).toEqual(['SHORT_GZIP_END share']);
        expect(end!.tar.tarBytes + end!.missingZeroBytes).toBe(tar.length);
      }
    },
  );

  test('in v1-pax and v2, where Home Assistant cuts nothing, it is damage', async () => {
    const { gzip } = GZIPS.get(5)!;
    for (const variant of ['v1-pax', 'v2'] as const)
      expect((await judge(gzip.subarray(0, -5), variant)).error?.code).toBe('TRUNCATED');
  });

  test('at a length that Home Assistant never leaves, it is damage', async () => {
    const { gzip } = GZIPS.get(5)!;
    for (const missing of [1, 4, 6, 8]) {
      const { error } = await judge(gzip.subarray(0, -missing));
      expect(error, `${missing} missing`).toMatchObject({ code: 'TRUNCATED', details: { member: 'share' } });
      expect(error?.message).toBe(
        '“share” ends without its end mark after “data/b.txt”: files may be missing.',
      );
    }
  });

  test('exactly between two files it is a real loss: nothing proves that no other followed', async () => {
    // A flush after the first file, at a length at which Home Assistant could have cut.
    for (let size = 0; size < 64; size++) {
      const first = file('data/a.bin', CONTENT.subarray(0, 1024 + size));
      const head = deflateRawSync(first, { finishFlush: constants.Z_FULL_FLUSH });
      const gzip = Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), head]);
      if (gzip.length % 16 !== 0) continue;
      expect(await judge(gzip)).toMatchObject({ names: ['data/a.bin'], error: { code: 'TRUNCATED' } });
      return;
    }
    expect.unreachable('no such length');
  });

  test('inside a file, or before the first, it is a real loss, at whatever length', async () => {
    const { gzip } = GZIPS.get(0)!;
    for (let bytes = 16; bytes < gzip.length - 200; bytes += 16) {
      const { error, complete } = await judge(gzip.subarray(0, bytes));
      expect(error?.code, `cut to ${bytes}`).toBe('TRUNCATED');
      expect(complete).toBeLessThan(2);
    }
  });
});

describe('not whole', () => {
  test('a tar without its end mark, or with half of it, or without the last padding', async () => {
    for (const bytes of [CONTENT_END, CONTENT_END + 512, CONTENT_END - 100]) {
      for (const stored of [TAR.subarray(0, bytes), gzipSync(TAR.subarray(0, bytes))]) {
        const { error, complete } = await judge(stored);
        expect(error?.code).toBe('TRUNCATED');
        expect(error?.message).toContain('after “data/b.txt”');
        expect(complete).toBe(2);
      }
    }
  });

  test('a hole of zeros where files were, if nothing vouches for the bytes', async () => {
    const hole = Buffer.from(innerTar({ a: CONTENT, b: CONTENT, c: CONTENT, d: CONTENT })).fill(0, 5632);
    for (const variant of ['plain', 'v1', 'v1-pax', 'v2'] as const) {
      const { error } = await judge(hole, variant);
      expect(error?.code).toBe('DAMAGED_PAYLOAD');
      expect(error?.message).toMatch(/“share” holds \d+ bytes of zeros after “a”: files may be missing\./);
    }
    // Authenticated or with a checksum, zeros are what was written.
    expect((await judge(hole, 'v3')).error).toBeNull();
    expect((await judge(gzipSync(hole))).error).toBeNull();
  });

  test('damage in the tar is damage of the content, with the member’s name and a hint', async () => {
    for (const stored of [flipped(TAR, 5), gzipSync(flipped(TAR, 5))]) {
      const { error } = await judge(stored, 'v2');
      expect(error).toMatchObject({
        code: 'DAMAGED_PAYLOAD',
        message: '“share”: A tar header is damaged: its checksum is wrong.',
        hint: expect.stringMatching(/salvag/) as string,
        details: { member: 'share', tarOffsetBytes: 0 },
      });
    }
  });

  test('any flipped bit in a gzip is found', async () => {
    const gzip = gzipSync(TAR);
    for (let offset = 10; offset < gzip.length; offset += 41) {
      const { error } = await judge(flipped(gzip, offset, offset % 8));
      expect(error?.code, `byte ${offset}`).toMatch(/^(DAMAGED_PAYLOAD|TRUNCATED)$/);
    }
  });

  test('bytes behind the gzip are damage', async () => {
    expect((await judge(Buffer.concat([gzipSync(TAR), Buffer.from('x')]))).error?.code).toBe(
      'DAMAGED_PAYLOAD',
    );
  });
});

test('leaving early closes the plaintext, and the end stays unknown', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of inPieces(TAR, 512)) yield Buffer.from(piece);
    } finally {
      closed = true;
    }
  }
  const archive = new InnerArchive('share', source(), 'plain');
  for await (const { name } of archive.entries()) if (name === 'data/a.bin') break;
  expect(closed).toBe(true);
  expect(() => archive.end).toThrow('has not been read to its end');
});
