// Where a tar ends: every place at which it may be cut, what may follow it, and pieces of every size.

import fc from 'fast-check';
import { pack, type Header } from 'tar-stream';
import { describe, expect, test } from 'vitest';

import { cutAt, inPieces } from '../securetar/pieces.ts';
import { ZEROS, block, file, pax, walk, walkSource } from './tar-blocks.ts';

const FIRST = file('data/a.txt', 'A'.repeat(700));
const SECOND = Buffer.concat([pax({ path: 'data/b.txt' }), file('b', 'B'.repeat(30))]);
const SMALL = Buffer.concat([FIRST, SECOND, ZEROS]);
const CONTENT_END = { first: 512 + 700, second: FIRST.length + 1024 + 512 + 30 };
const ENTRY_END = { first: FIRST.length, second: FIRST.length + SECOND.length };

describe('a tar cut at any byte', () => {
  test('is truncated, or ends with the truth about its padding and end mark', async () => {
    for (let cut = 0; cut <= SMALL.length; cut++) {
      const { entries, end, error, complete } = await walk(SMALL.subarray(0, cut), 4096);
      const whole = cut >= CONTENT_END.second ? 2 : cut >= CONTENT_END.first ? 1 : 0;
      expect(complete.entryCount, `cut at ${cut}`).toBe(whole);
      const entryEnd = whole === 2 ? ENTRY_END.second : whole === 1 ? ENTRY_END.first : 0;
      const atEdge = cut <= entryEnd || (whole === 2 && cut >= ENTRY_END.second);
      if (!atEdge) {
        expect(error, `cut at ${cut}`).toMatchObject({ code: 'TRUNCATED', details: { tarOffsetBytes: cut } });
        continue;
      }
      expect(error, `cut at ${cut}`).toBeNull();
      expect(entries).toHaveLength(whole);
      expect(end, `cut at ${cut}`).toEqual({
        entryCount: whole,
        tarBytes: cut,
        closingZeroBytes: Math.max(0, cut - entryEnd),
        missingPaddingBytes: Math.max(0, entryEnd - cut),
        endMarker: cut === SMALL.length,
      });
    }
  });

  test('says where: in a header, in a file by its name, after the header of a name', async () => {
    const message = async (bytes: Buffer) => (await walk(bytes)).error?.message;
    expect(await message(SMALL.subarray(0, 100))).toBe('The archive ends inside a header.');
    expect(await message(SMALL.subarray(0, 600))).toBe('The archive ends inside “data/a.txt”.');
    expect(await message(SMALL.subarray(0, FIRST.length + 600))).toBe(
      'The archive ends inside an extended header.',
    );
    expect(await message(SMALL.subarray(0, FIRST.length + 1024))).toBe(
      'The archive ends after the header of a file name.',
    );
    expect(await message(Buffer.concat([SMALL.subarray(0, FIRST.length + 1024), ZEROS]))).toBe(
      'The archive ends after the header of a file name.',
    );
  });
});

describe('after the last entry', () => {
  const entry = file('a', 'x');

  test.each([
    ['no zero block', 0, false],
    ['one', 512, false],
    ['one and a half', 1023, false],
    ['two', 1024, true],
    ['a whole record', 10_240, true],
    ['more than a piece', 3_000_000, true],
  ])('%s: the end mark is judged right', async (_, zeroBytes, endMarker) => {
    const { end } = await walk(Buffer.concat([entry, Buffer.alloc(zeroBytes)]));
    expect(end).toMatchObject({ closingZeroBytes: zeroBytes, endMarker, tarBytes: entry.length + zeroBytes });
  });

  test('anything but zeros is damage, wherever it stands', async () => {
    for (const zeroBytes of [512, 513, 1024, 5000, 200_000]) {
      for (const stray of [Buffer.from([1]), block({ name: 'second archive' })]) {
        const { error } = await walk(Buffer.concat([entry, Buffer.alloc(zeroBytes), stray]));
        expect(error).toMatchObject({
          code: 'DAMAGED_PAYLOAD',
          message: 'There is data after the end of the archive.',
        });
      }
    }
  });

  test('an archive of nothing, or of zeros alone, has no entries', async () => {
    expect((await walk(Buffer.alloc(0))).end).toMatchObject({ entryCount: 0, endMarker: false });
    expect((await walk(Buffer.alloc(10_240))).end).toMatchObject({ entryCount: 0, endMarker: true });
  });
});

describe('sizes and pieces', () => {
  test.each([0, 1, 511, 512, 513, 1023, 1024, 1025, 10_239, 10_240])(
    'content of %i bytes comes whole, in pieces of any size',
    async (sizeBytes) => {
      const content = Buffer.from(Array.from({ length: sizeBytes }, (_, index) => index % 251));
      const bytes = Buffer.concat([file('a', content), file('b', 'next'), ZEROS]);
      const whole = await walk(bytes, Infinity);
      expect(whole.entries[0]?.content).toBe(content.toString('latin1'));
      expect(whole.entries[1]?.content).toBe('next');
      for (const pieceBytes of [65_536, 4093, 512, 511, 7, 1])
        expect(await walk(bytes, pieceBytes)).toEqual(whole);
    },
  );

  test('what tar-stream packs is walked to the same entries, however it is cut into pieces', async () => {
    const name = fc
      .array(fc.constantFrom('data', '.storage', 'каминная', 'x'.repeat(90), 'a b', 'urn:miot'), {
        minLength: 1,
        maxLength: 5,
      })
      .map((parts) => parts.join('/'));
    const sample = fc.record({
      name,
      content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
      type: fc.constantFrom('file' as const, 'file' as const, 'directory' as const, 'symlink' as const),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, { maxLength: 6 }),
        fc.array(fc.nat(40_000)),
        async (samples, places) => {
          const bytes = await packed(
            samples.map(({ content, ...rest }) => ({
              ...rest,
              content: rest.type === 'file' ? content : Buffer.alloc(0),
            })),
          );
          const { entries, end } = await walkSource(cutAt(bytes, places));
          expect(entries).toEqual(
            samples.map(({ name: path, type, content }) => ({
              name: path,
              type,
              content: type === 'file' ? content.toString('latin1') : '',
            })),
          );
          expect(end).toMatchObject({ tarBytes: bytes.length, endMarker: true, missingPaddingBytes: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('empty pieces are no end', async () => {
    const { end } = await walkSource(cutAt(SMALL, [0, 0, 512, 512, 600, 600, SMALL.length]));
    expect(end).toMatchObject({ entryCount: 2, endMarker: true });
    expect((await walkSource(inPieces(SMALL, 1))).end).toEqual(end);
  });
});

async function packed(
  samples: readonly { name: string; type: NonNullable<Header['type']>; content: Buffer }[],
): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of samples) {
    const full: Partial<Header> & { name: string } = { ...header, mtime: new Date(1_750_000_000_000) };
    if (header.type === 'symlink') full.linkname = 'target';
    if (header.type === 'file') tar.entry(full, content);
    else tar.entry(full);
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
