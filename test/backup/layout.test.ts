// Where everything lies in the outer tar: cut at every place, damaged between parts, with sizes that are stale.

import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import { normaliseName } from '../../core/backup/file/layout.ts';
import { v2StreamBytes, v3StreamBytes } from '../../core/securetar/index.ts';
import { toPlainError } from '../../shared/errors.ts';
import { scratch } from '../support/fixtures.ts';
import { block, file, padded, pax } from '../tar/tar-blocks.ts';
import {
  HOME_ASSISTANT,
  check,
  innerTar,
  metadata,
  outer,
  outerWithoutEnd,
  sealedV2,
  small,
  v3Sealer,
  write,
  type Part,
} from './crafted-backups.ts';
import { keyOf } from '../support/fixtures.ts';

const META = metadata({ folders: ['share', 'media'] });
const PARTS = [HOME_ASSISTANT, small('share.tar.gz'), small('media.tar.gz')];
const NOW = { now: new Date('2024-07-01T00:00:00Z') };

/** Where each part's headers begin and its content ends. */
function placesOf(parts: readonly Part[]): { start: number; end: number; name: string }[] {
  let offset = 0;
  return parts.map((part) => {
    const start = offset;
    offset += outerWithoutEnd([part]).length;
    return { start, end: start + 512 + Buffer.byteLength(part.content ?? ''), name: part.name };
  });
}

/** Every cut that is special, and every hundredth byte in between. */
function cutsOf(bytes: number, places: readonly { start: number; end: number }[]): number[] {
  const special = places.flatMap(({ start, end }) => [
    start,
    start + 1,
    start + 511,
    start + 512,
    end - 1,
    end,
    end + 1,
  ]);
  const spread = Array.from({ length: Math.floor(bytes / 97) }, (_, index) => index * 97);
  return [...new Set([...special, ...spread])].filter((cut) => cut > 0 && cut < bytes).sort((a, b) => b - a);
}

describe('cut at any place', () => {
  test('with the metadata last, there is a clear word and never a smaller backup', async () => {
    const parts = [...PARTS, META];
    const bytes = outer(parts);
    const places = placesOf(parts);
    const contentEnd = places.at(-1)!.end;
    const tarEnd = outerWithoutEnd(parts).length;
    const path = join(await scratch(), 'cut.tar');
    writeFileSync(path, bytes);
    for (const cut of cutsOf(bytes.length, places)) {
      truncateSync(path, cut); // from the longest to the shortest
      const result = await inspect(path, NOW).catch(toPlainError);
      const note = `cut at ${cut}`;
      if (cut >= contentEnd) {
        expect(result, note).toMatchObject({ problem: null, sizeBytes: cut });
        const codes = 'remarks' in result ? result.remarks.map(({ code }) => code) : [];
        expect(codes, note).toEqual(cut >= tarEnd + 1024 ? [] : ['END_MARKER_MISSING']);
      } else {
        expect(result, note).toMatchObject({ code: cut < 512 ? 'NOT_A_BACKUP' : 'TRUNCATED' });
      }
    }
  });

  test('with the metadata first, what is there is described, and that the end is missing', async () => {
    const parts = [META, ...PARTS];
    const bytes = outer(parts);
    const places = placesOf(parts);
    const path = join(await scratch(), 'cut.tar');
    writeFileSync(path, bytes);
    for (const cut of cutsOf(bytes.length, places)) {
      truncateSync(path, cut);
      const result = await inspect(path, NOW).catch(toPlainError);
      const note = `cut at ${cut}`;
      if (cut < places[0]!.end) {
        expect(result, note).toMatchObject({ code: cut < 512 ? 'NOT_A_BACKUP' : 'TRUNCATED' });
      } else if (cut < places.at(-1)!.end) {
        expect(result, note).toMatchObject({ problem: { code: 'TRUNCATED' } });
      } else expect(result, note).toMatchObject({ problem: null });
    }
  });

  test('exactly between two parts, the missing ones are named where the metadata is there to name them', async () => {
    const cut = outerWithoutEnd([META, HOME_ASSISTANT]);
    const { problem, remarks } = await inspect(await write(cut), NOW);
    expect(remarks.map(({ code }) => code)).toEqual(['MEMBER_MISSING', 'MEMBER_MISSING']); // no second word on the end
    expect(problem).toMatchObject({ code: 'TRUNCATED', details: { fileOffsetBytes: cut.length } });
    expect(problem?.message).toBe('The file is cut off: share, media should follow where it ends.');
    const result = await check(await write(cut));
    expect(result).toMatchObject({ status: 'truncated', members: [{ status: 'good' }] });

    const last = await inspect(await write(outerWithoutEnd(PARTS)), NOW).catch(toPlainError);
    expect(last).toMatchObject({
      code: 'TRUNCATED',
      message: 'The file is cut off: backup.json, which comes last, is missing.',
    });
  });

  test('inside a part, that part is truncated and those before it are checked', async () => {
    const bytes = outer([META, ...PARTS]);
    const { end } = placesOf([META, ...PARTS])[2]!;
    const result = await check(await write(bytes.subarray(0, end - 10)));
    expect(result).toMatchObject({ status: 'truncated', error: { code: 'TRUNCATED' } });
    expect(result.members.map(({ status }) => status)).toEqual(['good', 'truncated']);
    expect(result.members[1]?.error).toMatchObject({ details: { missingBytes: 10 } });
  });
});

describe('damage between parts', () => {
  const before = outerWithoutEnd([META, HOME_ASSISTANT]);
  const after = outer([small('share.tar.gz'), small('media.tar.gz')]);

  test.each([
    ['a wrong checksum', Buffer.concat([Buffer.from([7]), after.subarray(1)]), 'DAMAGED_HEADER'],
    ['something else', Buffer.alloc(4096, 'x'), 'DAMAGED_HEADER'],
    ['zeros and then more', Buffer.concat([Buffer.alloc(2048), after]), 'DAMAGED_HEADER'],
    ['a name without its entry', Buffer.concat([pax({ path: 'x' }), Buffer.alloc(1024)]), 'DAMAGED_HEADER'],
    [
      'a header of over 1 MiB',
      Buffer.concat([block({ type: 'x', size: 2 ** 21 }), Buffer.alloc(1024)]),
      'LIMIT_EXCEEDED',
    ],
    [
      'headers without end',
      Buffer.concat(Array<Buffer>(12).fill(file('l', 'n'.repeat(100_000), { type: 'L' }))),
      'LIMIT_EXCEEDED',
    ],
  ])('%s: told with its place, and what stands before it is still there', async (_, damage, code) => {
    const { problem, members } = await inspect(await write(Buffer.concat([before, damage])), NOW);
    expect(problem).toMatchObject({ code, details: { fileOffsetBytes: expect.any(Number) as number } });
    expect(problem!.details!['fileOffsetBytes']).toBeGreaterThanOrEqual(before.length);
    expect(members.map(({ name }) => name)).toEqual(['homeassistant']);
  });

  test('where the metadata is behind the damage, the damage is the answer', async () => {
    const bytes = Buffer.concat([outerWithoutEnd([HOME_ASSISTANT]), Buffer.alloc(512, 'x'), outer([META])]);
    await expect(inspect(await write(bytes))).rejects.toMatchObject({ code: 'DAMAGED_HEADER' });
  });

  test('a file of very many parts is refused', async () => {
    const bytes = Buffer.concat([
      outerWithoutEnd([META]),
      ...Array<Buffer>(20_001).fill(block({ name: 'x.tar' })),
    ]);
    const { problem } = await inspect(await write(bytes));
    expect(problem?.code).toBe('LIMIT_EXCEEDED');
  });
});

describe('names and extended headers', () => {
  test.each([
    ['./backup.json', 'backup.json'],
    ['.backup.json', 'backup.json'],
    ['backup.json', 'backup.json'],
    ['/backup.json', 'backup.json'],
    ['.//share.tar', 'share.tar'],
    ['../share.tar', '../share.tar'],
    ['.', '.'],
  ])('“%s” is “%s”', (stored, name) => expect(normaliseName(stored)).toBe(name));

  test('long names of GNU tar and of PAX are taken, and a global header is for all that follow', async () => {
    const name = `${'a'.repeat(120)}_addon.tar`;
    const bytes = Buffer.concat([
      pax({ mtime: '1750000000' }, 'g'),
      file('././@LongLink', `${name}\0`, { type: 'L' }),
      block({ name: 'cut', size: 10_240 }),
      innerTar({}),
      pax({ path: `b${name}` }),
      block({ name: 'cut', size: 10_240 }),
      innerTar({}),
      outer([metadata({ homeassistant: null })]),
    ]);
    const { members } = await inspect(await write(bytes), NOW);
    expect(members.map(({ storedName }) => storedName)).toEqual([name, `b${name}`]);
    expect(members.map(({ modified }) => modified)).toEqual(Array(2).fill('2025-06-15T15:06:40.000Z'));
  });
});

describe('a stale PAX size', () => {
  const random = Buffer.from(
    Array.from({ length: 20_000 }, (_, index) => (index * index * 31 + index * 7) % 256),
  );
  const tar = innerTar({ 'data/random.bin': random });
  const gzip = gzipSync(tar);
  const key = keyOf('key', 'password');
  const sealV3 = v3Sealer('password');

  async function cases(): Promise<[string, Buffer, number][]> {
    return [
      ['plain where v3 was', gzip, v3StreamBytes(gzip.length)],
      ['v3 where plain was', await sealV3(gzip), gzip.length],
      ['v3 where v2 was', await sealV3(gzip), v2StreamBytes(gzip.length)],
      ['v2 where v3 was', await sealedV2(gzip, 'password'), v3StreamBytes(gzip.length)],
      ['an uncompressed tar where v3 was', tar, v3StreamBytes(tar.length)],
    ];
  }

  test('is corrected by what the content says, and told', async () => {
    for (const [what, content, stated] of await cases()) {
      const stale: Part = { name: 'share.tar', content, statedSize: 0, pax: { size: String(stated) } };
      const bytes = outer([
        stale,
        small('media.tar.gz'),
        metadata({ ...META, folders: ['share', 'media'], homeassistant: null }),
      ]);
      const result = await check(await write(bytes), 'full', [key]);
      expect(result, what).toMatchObject({ status: 'good', inspection: { problem: null } });
      expect(result.members[0]?.sizeBytes, what).toBe(content.length);
      const remark = result.inspection.remarks.find(({ code }) => code === 'STALE_PAX_SIZE');
      expect(remark?.message, what).toContain(`${Math.abs(stated - content.length)} bytes off`);
    }
  });

  test('a size that nothing explains is not guessed at', async () => {
    const stale: Part = {
      name: 'share.tar',
      content: gzip,
      statedSize: 0,
      pax: { size: String(gzip.length + 3000) },
    };
    const bytes = outer([META, stale, { name: 'media.tar', content: tar }]);
    const { problem, remarks } = await inspect(await write(bytes), NOW);
    expect(problem?.code).toBe('DAMAGED_HEADER');
    expect(remarks.some(({ code }) => code === 'STALE_PAX_SIZE')).toBe(false);
  });

  test('a size that is right is left alone, also where the ustar field holds none', async () => {
    const right: Part = {
      name: 'share.tar',
      content: gzip,
      statedSize: 0,
      pax: { size: String(gzip.length) },
    };
    const result = await check(await write([right, metadata({ folders: ['share'], homeassistant: null })]));
    expect(result.status).toBe('good');
    expect(result.inspection.remarks.filter(({ code }) => code === 'STALE_PAX_SIZE')).toEqual([]);
    expect(gunzipSync(padded(gzip).subarray(0, gzip.length))).toEqual(tar);
  });
});
