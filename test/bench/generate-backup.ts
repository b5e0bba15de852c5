// Makes a large v2 backup quickly: tar segments of random bytes and of text are deflated once and repeated, which
// gives an honest gzip stream (half of its files are random, half text) at the speed of the disk.

import { createHash, randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { constants, crc32, deflateRawSync } from 'node:zlib';

import { deriveLegacyKey, sealV2, v2StreamBytes } from '../../core/securetar/index.ts';
import { BLOCK_BYTES, encodeTarHeader, paddedBytes } from '../../core/tar/index.ts';

const FILE_BYTES = 1024 * 1024;
const FILES_PER_SEGMENT = 8;
const GZIP_HEADER = Buffer.from('1f8b08000000000000ff', 'hex');

interface Segment {
  readonly tar: Buffer;
  readonly deflated: Buffer;
}

export interface GeneratedBackup {
  readonly path: string;
  readonly password: string;
  readonly memberCount: number;
  readonly storedBytes: number;
  readonly tarBytes: number;
  /** One gzip stream with the same mixture, for the raw measurement. */
  readonly gzipSample: Buffer;
}

/** Writes a v2 backup of about `aboutBytes` with `memberCount` gzip members. */
export async function generateBackup(
  path: string,
  aboutBytes: number,
  memberCount = 4,
): Promise<GeneratedBackup> {
  const password = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
  const key = deriveLegacyKey(Buffer.from(password));
  const pairs = Array.from({ length: 3 }, (_, index) => [randomSegment(index), textSegment(index)]).flat();
  const pairBytes = pairs.reduce((sum, { deflated }) => sum + deflated.length, 0);
  const repeats = Math.max(1, Math.round(aboutBytes / memberCount / pairBytes));
  const names = [
    'homeassistant',
    'core_mosquitto',
    'share',
    'media',
    ...Array.from({ length: memberCount }, (_, i) => `addon_${i}`),
  ];
  const file = await open(path, 'w');
  let offset = 0;
  let tarBytes = 0;
  try {
    for (const name of names.slice(0, memberCount)) {
      const member = describe(pairs, repeats);
      tarBytes += member.tarBytes;
      const size = v2StreamBytes(member.gzipBytes);
      const header = encodeTarHeader({
        name: `${name}.tar.gz`,
        sizeBytes: size,
        typeFlag: '0',
        mode: 0o644,
        mtimeSeconds: 1_780_000_000,
      });
      offset = await append(file, offset, header);
      for await (const piece of sealV2(gzipPieces(pairs, repeats, member), {
        key,
        plaintextSizeBytes: member.gzipBytes,
      })) {
        offset = await append(file, offset, piece);
      }
      offset += paddedBytes(size) - size;
    }
    const metadata = Buffer.from(JSON.stringify(metadataFor(names.slice(0, memberCount))));
    offset = await append(
      file,
      offset,
      encodeTarHeader({
        name: './backup.json',
        sizeBytes: metadata.length,
        typeFlag: '0',
        mode: 0o644,
        mtimeSeconds: 1_780_000_000,
      }),
    );
    await append(file, offset, metadata);
    offset += paddedBytes(metadata.length) + 2 * BLOCK_BYTES;
    await file.truncate(Math.ceil(offset / 10_240) * 10_240);
    await file.sync();
    const { size } = await file.stat();
    const sample = describe(pairs, 2);
    const gzipSample = Buffer.concat(await Array.fromAsync(gzipPieces(pairs, 2, sample)));
    return { path, password, memberCount, storedBytes: size, tarBytes, gzipSample };
  } finally {
    key.fill(0);
    await file.close();
  }
}

interface MemberSizes {
  readonly gzipBytes: number;
  readonly tarBytes: number;
  readonly crc: number;
}

const CLOSING = Buffer.alloc(10_240);

function describe(segments: readonly Segment[], repeats: number): MemberSizes {
  let crc = 0;
  let tarBytes = 0;
  let gzipBytes = GZIP_HEADER.length;
  for (let round = 0; round < repeats; round++) {
    for (const { tar, deflated } of segments) {
      crc = crc32(tar, crc);
      tarBytes += tar.length;
      gzipBytes += deflated.length;
    }
  }
  crc = crc32(CLOSING, crc);
  return {
    gzipBytes: gzipBytes + deflateRawSync(CLOSING).length + 8,
    tarBytes: tarBytes + CLOSING.length,
    crc,
  };
}

async function* gzipPieces(
  segments: readonly Segment[],
  repeats: number,
  { crc, tarBytes }: MemberSizes,
): AsyncGenerator<Buffer> {
  yield GZIP_HEADER;
  for (let round = 0; round < repeats; round++) for (const { deflated } of segments) yield deflated;
  yield deflateRawSync(CLOSING);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(tarBytes % 2 ** 32, 4);
  yield trailer;
}

function segment(kind: string, index: number, fill: (file: number) => Buffer): Segment {
  const parts: Buffer[] = [];
  for (let file = 0; file < FILES_PER_SEGMENT; file++) {
    const name = `data/${kind}-${index}-${file}.bin`;
    parts.push(
      encodeTarHeader({
        name,
        sizeBytes: FILE_BYTES,
        typeFlag: '0',
        mode: 0o644,
        mtimeSeconds: 1_780_000_000,
      }),
      fill(file),
    );
  }
  const tar = Buffer.concat(parts);
  return { tar, deflated: deflateRawSync(tar, { level: 6, finishFlush: constants.Z_FULL_FLUSH }) };
}

const randomSegment = (index: number): Segment => segment('random', index, () => randomBytes(FILE_BYTES));

function textSegment(index: number): Segment {
  // A vocabulary with a few very common words and many rare ones compresses like logs and configuration: 3 to 1.
  const words = Array.from({ length: 4000 }, (_, word) =>
    createHash('sha256')
      .update(`${index}:${word}`)
      .digest('base64url')
      .slice(0, 3 + (word % 7))
      .toLowerCase(),
  );
  let state = index + 1;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return segment('text', index, () => {
    const text: string[] = [];
    let length = 0;
    while (length <= FILE_BYTES) {
      const word = words[Math.floor(next() ** 3 * words.length)] ?? '';
      text.push(word);
      length += word.length + 1;
    }
    return Buffer.from(text.join(' ')).subarray(0, FILE_BYTES);
  });
}

async function append(file: FileHandle, offset: number, bytes: Buffer): Promise<number> {
  await file.write(bytes, 0, bytes.length, offset);
  return offset + bytes.length;
}

function metadataFor(names: readonly string[]): unknown {
  return {
    slug: 'be9c4a11',
    version: 2,
    name: 'Benchmark',
    date: '2025-06-14T04:51:12.345678+00:00',
    type: 'partial',
    supervisor_version: '2025.05.5',
    folders: names.filter((name) => name === 'share' || name === 'media'),
    homeassistant: { version: '2025.6.1', exclude_database: false, size: 1 },
    compressed: true,
    protected: true,
    repositories: [],
    addons: names
      .filter((name) => name.includes('_'))
      .map((slug) => ({ slug, name: slug, version: '1', size: 1 })),
    crypto: 'aes128',
  };
}
