// The walker on one quirk after the other: long names, PAX in all its forms, entries without content, limits.

import { expect, test } from 'vitest';

import { TarWalker, type WalkedEntry } from '../../core/tar/index.ts';
import { inPieces } from '../securetar/pieces.ts';
import { ZEROS, block, file, padded, pax, walk } from './tar-blocks.ts';

const LONG = `data/${'каминная/'.repeat(40)}灯.txt`;

function gnuLong(type: 'L' | 'K', text: string): Buffer {
  return file('././@LongLink', `${text}\0`, { type });
}

async function only(...parts: Buffer[]) {
  const walker = new TarWalker(inPieces(Buffer.concat([...parts, ZEROS]), 700));
  const entries = [];
  for await (const entry of walker.entries()) entries.push(entry);
  expect(entries).toHaveLength(1);
  return entries[0]!;
}

async function refusal(...parts: Buffer[]) {
  const { error } = await walk(Buffer.concat([...parts, ZEROS]));
  return error;
}

test('an entry tells name, type, size, mode, time and where it begins', async () => {
  const bytes = Buffer.concat([file('a', 'x'), file('data/b.txt', 'content', { mode: '0000600\0' }), ZEROS]);
  const walker = new TarWalker(inPieces(bytes, 512));
  const seen = [];
  for await (const { name, type, sizeBytes, mode, mtimeSeconds, offset } of walker.entries())
    seen.push({ name, type, sizeBytes, mode, mtimeSeconds, offset });
  const mtimeSeconds = 0o15000000000;
  expect(seen).toEqual([
    { name: 'a', type: 'file', sizeBytes: 1, mode: 0o644, mtimeSeconds, offset: 0 },
    { name: 'data/b.txt', type: 'file', sizeBytes: 7, mode: 0o600, mtimeSeconds, offset: 1024 },
  ]);
  expect(walker.end).toEqual({
    entryCount: 2,
    tarBytes: bytes.length,
    closingZeroBytes: 1024,
    missingPaddingBytes: 0,
    endMarker: true,
  });
  expect(walker.complete).toEqual({ entryCount: 2, bytes: 8, lastEntry: 'data/b.txt' });
});

test('GNU long names and link targets are taken whole, and the offset is that of the first header', async () => {
  const entry = await only(
    gnuLong('L', LONG),
    gnuLong('K', `${LONG}-target`),
    block({ name: 'cut', type: '2' }),
  );
  expect(entry).toMatchObject({ name: LONG, linkName: `${LONG}-target`, type: 'symlink', offset: 0 });
});

test('PAX path, linkpath, size and mtime stand above the header', async () => {
  const records = { path: LONG, linkpath: 'elsewhere', size: '5', mtime: '1700000000.25' };
  const { entries } = await walk(
    Buffer.concat([pax(records), block({ name: 'cut', size: 0 }), padded('12345'), file('next', 'y'), ZEROS]),
  );
  expect(entries.map(({ name, content }) => [name, content])).toEqual([
    [LONG, '12345'],
    ['next', 'y'],
  ]);
  expect(await only(pax({ ...records, size: '0' }), block({ name: 'cut' }))).toMatchObject({
    linkName: 'elsewhere',
    mtimeSeconds: 1_700_000_000.25,
  });
});

test('a PAX name stands above a GNU one', async () => {
  expect((await only(pax({ path: 'pax' }), gnuLong('L', 'gnu'), block())).name).toBe('pax');
});

test('a global PAX header is for all entries after it, a local one above it and for one entry', async () => {
  const { entries } = await walk(
    Buffer.concat([
      pax({ path: 'global', comment: 'x' }, 'g'),
      file('one', '1'),
      pax({ path: 'local' }),
      file('two', '2'),
      file('three', '3'),
      ZEROS,
    ]),
  );
  expect(entries.map(({ name }) => name)).toEqual(['global', 'local', 'global']);
});

test('links, folders, devices and pipes have no content, whatever their size says; unknown types have', async () => {
  const parts = ['1', '2', '5', '3', '4', '6'].map((type) =>
    block({ name: `type-${type}`, type, size: 5120 }),
  );
  const { entries, error } = await walk(
    Buffer.concat([...parts, file('unknown', 'kept', { type: 'Z' }), file('last', 'right'), ZEROS]),
  );
  expect(error).toBeNull();
  expect(entries.map(({ name, type, content }) => `${name} ${type} ${content}`)).toEqual([
    'type-1 hardlink ',
    'type-2 symlink ',
    'type-5 directory ',
    'type-3 other ',
    'type-4 other ',
    'type-6 other ',
    'unknown other kept',
    'last file right',
  ]);
});

test('a name with a slash and content is a file: its content is not taken for headers', async () => {
  const inside = block({ name: 'smuggled' });
  const { entries } = await walk(Buffer.concat([file('data/', inside), ZEROS]));
  expect(entries.map(({ name }) => name)).toEqual(['data/']);
});

test.each([
  ['old GNU', [file('sparse', 'x', { type: 'S' })]],
  ['PAX 0.0', [pax({ 'GNU.sparse.size': '10', 'GNU.sparse.numblocks': '1' }), file('sparse', 'x')]],
  ['PAX 0.1', [pax({ 'GNU.sparse.map': '0,1' }), file('sparse', 'x')]],
  ['PAX 1.0', [pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }), file('sparse', 'x')]],
])('a sparse file (%s) is refused, not read as something else', async (_, parts) => {
  expect(await refusal(...parts)).toMatchObject({
    code: 'UNSUPPORTED_VERSION',
    message: 'The archive holds a sparse file, which Home Assistant never writes.',
    details: { tarOffsetBytes: 0 },
  });
});

test.each([
  [
    'a header with a wrong checksum',
    [file('a', 'x'), block({ checksum: '000000\0 ' })],
    'DAMAGED_HEADER',
    1024,
  ],
  ['a size that is no number', [file('a', 'x'), block({ size: Buffer.from('zzz') })], 'DAMAGED_HEADER', 1024],
  ['damaged PAX records', [file('x', 'rubbish', { type: 'x' }), block()], 'DAMAGED_HEADER', 512],
  ['a PAX size that is no number', [pax({ size: '-5' }), block()], 'DAMAGED_HEADER', 0],
  ['one extended header of over 1 MiB', [block({ type: 'x', size: 1024 ** 2 + 1 })], 'LIMIT_EXCEEDED', 512],
  ['a path that is too long', [gnuLong('L', 'p'.repeat(32_768)), block()], 'LIMIT_EXCEEDED', 0],
])('%s is refused, with its place', async (_, parts, code, tarOffsetBytes) => {
  expect(await refusal(...parts)).toMatchObject({ code, details: { tarOffsetBytes } });
});

test('many extended headers for one entry are refused like a large one', async () => {
  const name = file('l', 'n'.repeat(100_000), { type: 'L' });
  expect(await refusal(...Array<Buffer>(11).fill(name), block())).toMatchObject({ code: 'LIMIT_EXCEEDED' });
});

test('global headers cannot fill the memory between ordinary entries', async () => {
  const parts = Array.from({ length: 11 }, (_, index) =>
    Buffer.concat([pax({ [`key-${index}`]: 'v'.repeat(100_000) }, 'g'), file('f', 'x')]),
  );
  expect(await refusal(...parts)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
});

test('more entries than allowed are refused', async () => {
  const bytes = Buffer.concat([file('1', 'x'), file('2', 'x'), file('3', 'x'), ZEROS]);
  const walked: string[] = [];
  const walking = async (maxEntries: number) => {
    for await (const { name } of new TarWalker(inPieces(bytes, 512), { maxEntries }).entries())
      walked.push(name);
  };
  await walking(3);
  await expect(walking(2)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    details: { tarOffsetBytes: 2048 },
  });
  expect(walked).toEqual(['1', '2', '3', '1', '2']);
});

test('content that is read in part or not at all is passed over', async () => {
  const bytes = Buffer.concat([
    file('a', 'A'.repeat(2000)),
    file('b', 'B'.repeat(2000)),
    file('c', 'end'),
    ZEROS,
  ]);
  for (const pieceBytes of [1, 511, 4096]) {
    const seen: string[] = [];
    for await (const entry of new TarWalker(inPieces(bytes, pieceBytes)).entries()) {
      if (entry.name === 'b') continue;
      for await (const part of entry.data()) {
        seen.push(`${entry.name}${part.toString('latin1', 0, 1)}`);
        break;
      }
    }
    expect(seen).toEqual(['aA', 'ce']);
  }
});

test('content can be read once, and not after the walk has gone on', async () => {
  const bytes = Buffer.concat([file('a', 'A'), file('b', 'B'), ZEROS]);
  const walked: WalkedEntry[] = [];
  for await (const entry of new TarWalker(inPieces(bytes, 512)).entries()) {
    walked.push(entry);
    if (entry.name === 'a') continue;
    expect((await entry.data().next()).value).toEqual(Buffer.from('B'));
    await expect(entry.data().next()).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(walked[0]?.data().next()).rejects.toMatchObject({ code: 'INTERNAL' });
  }
  expect(walked).toHaveLength(2);
});

test('leaving the walk gives the source back, and its end is not known', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* inPieces(Buffer.concat([file('a', 'A'), file('b', 'B'), ZEROS]), 512);
    } finally {
      closed = true;
    }
  }
  const walker = new TarWalker(source());
  for await (const { name } of walker.entries()) if (name === 'a') break;
  expect(closed).toBe(true);
  expect(() => walker.end).toThrow('has not been walked to its end');
});

test('errors of the source pass unchanged', async () => {
  const cause = new Error('the disk is gone');
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* inPieces(file('a', 'A'), 512);
    throw cause;
  }
  const walking = async () => {
    for await (const entry of new TarWalker(source()).entries()) expect(entry.name).toBe('a');
  };
  await expect(walking()).rejects.toBe(cause);
});
