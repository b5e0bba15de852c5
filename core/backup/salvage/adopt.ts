// A part whose own outer header is broken while its content may be whole. It is taken only where everything fits:
// the size that is still legible, or the one in the SecureTar header, leads exactly to the next part.

import type { FileHandle } from 'node:fs/promises';

import { readAt } from '../../files/index.ts';
import { hasSecureTarMagic, v2StreamBytes, v3StreamBytes } from '../../securetar/index.ts';
import { BLOCK_BYTES, decodeTarHeader, encodeTarHeader, paddedBytes } from '../../tar/index.ts';
import { KNOWN_MEMBER } from '../file/backup-file.ts';
import { normaliseName, type OuterEntry } from '../file/layout.ts';

/** The broken header may be preceded by its PAX header and that one's block. */
const MAX_BLOCKS_BEFORE = 4;
const DEFAULT_MODE = 0o644;

/** An encrypted part that is there, whatever it was called. */
export interface Nameless {
  readonly headerOffset: number;
  readonly dataOffset: number;
  readonly sizeBytes: number;
}

/** The part between a broken header at `from` and the next part (or the end of the file); null where nothing fits. */
export async function adoptMember(
  handle: FileHandle,
  from: number,
  next: number,
  fileBytes: number,
): Promise<{ readonly entry: OuterEntry } | Nameless | null> {
  for (let blocks = 0; blocks <= MAX_BLOCKS_BEFORE; blocks++) {
    const headerOffset = from + blocks * BLOCK_BYTES;
    const dataOffset = headerOffset + BLOCK_BYTES;
    if (dataOffset >= next) return null;
    const block = await readAt(handle, headerOffset, BLOCK_BYTES);
    const fits = (sizeBytes: number | null): sizeBytes is number =>
      sizeBytes !== null && sizeBytes > 0 && endsAt(dataOffset + paddedBytes(sizeBytes), next, fileBytes);

    const storedName = block.toString('latin1', 0, 100).replace(/\0.*$/s, '');
    const statedBytes = octal(block, 124, 12);
    const start = await readAt(handle, dataOffset, 32);
    const innerBytes = hasSecureTarMagic(start) ? streamBytes(start) : null;
    const sizeBytes = fits(statedBytes) ? statedBytes : fits(innerBytes) ? innerBytes : null;
    if (sizeBytes === null) continue;
    if (KNOWN_MEMBER.test(normaliseName(storedName))) {
      const mtimeSeconds = octal(block, 136, 12) ?? 0;
      return { entry: makeEntry({ storedName, headerOffset, dataOffset, sizeBytes, mtimeSeconds }) };
    }
    if (innerBytes === sizeBytes) return { headerOffset, dataOffset, sizeBytes };
  }
  return null;
}

/** An entry with a header made anew. `storedName` is as it shall stand in the archive. */
export function makeEntry(fields: {
  readonly storedName: string;
  readonly headerOffset: number;
  readonly dataOffset: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
}): OuterEntry {
  const { storedName, sizeBytes, mtimeSeconds } = fields;
  const headerBytes = encodeTarHeader({
    name: storedName,
    sizeBytes,
    typeFlag: '0',
    mode: DEFAULT_MODE,
    mtimeSeconds,
  });
  return {
    ...fields,
    name: normaliseName(storedName),
    header: decodeTarHeader(headerBytes),
    pax: new Map(),
    headerBytes,
    statedSizeBytes: null,
    presentBytes: sizeBytes,
  };
}

/** At the next part, or, where none follows, before the closing zeros at the latest. */
function endsAt(end: number, next: number, fileBytes: number): boolean {
  return next < fileBytes ? end === next : end <= fileBytes;
}

function streamBytes(start: Buffer): number | null {
  const field = start.readBigUInt64BE(16);
  if (field > 2n ** 52n) return null;
  if (start[9] === 3) return v3StreamBytes(Number(field));
  return start[9] === 2 ? v2StreamBytes(Number(field)) : null;
}

function octal(block: Buffer, offset: number, length: number): number | null {
  const digits = block
    .toString('latin1', offset, offset + length)
    .replaceAll('\0', ' ')
    .trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : null;
}
