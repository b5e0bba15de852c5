// The outer tar of a rewritten backup: every header as it was but for the size, members at places known before
// any of them is written, so that they can be written side by side. PAX sizes are computed anew, never copied.

import { StrongroomError } from '../../../shared/errors.ts';
import {
  BLOCK_BYTES,
  RECORD_BYTES,
  decodePax,
  decodeTarHeader,
  encodePax,
  encodeTarHeader,
  paddedBytes,
  withSize,
} from '../../tar/index.ts';
import type { OuterEntry } from '../file/layout.ts';

/** From here on the ustar field is 0 and the PAX record holds the size, as Python's tarfile writes it. */
const PAX_SIZE_FROM_BYTES = 8 * 1024 ** 3;

export interface PlacedEntry {
  readonly entry: OuterEntry;
  readonly headerBytes: Buffer;
  readonly headerOffset: number;
  readonly dataOffset: number;
  readonly sizeBytes: number;
}

export interface OuterPlan {
  readonly placed: readonly PlacedEntry[];
  /** Where the closing zeros begin. */
  readonly endOffset: number;
  /** The whole file: closing zeros up to a whole record. */
  readonly totalBytes: number;
}

/** Places all entries in their old order with their new sizes. Those in `copied` keep their stored bytes. */
export function planOuter(
  entries: readonly OuterEntry[],
  sizeOf: (entry: OuterEntry) => number,
  copied: ReadonlySet<OuterEntry> = new Set(),
): OuterPlan {
  const placed: PlacedEntry[] = [];
  let offset = 0;
  for (const entry of entries) {
    const sizeBytes = sizeOf(entry);
    const headerBytes = rewriteHeader(entry, sizeBytes, copied.has(entry));
    const dataOffset = offset + headerBytes.length;
    placed.push({ entry, headerBytes, headerOffset: offset, dataOffset, sizeBytes });
    offset = dataOffset + paddedBytes(sizeBytes);
  }
  const totalBytes = Math.ceil((offset + 2 * BLOCK_BYTES) / RECORD_BYTES) * RECORD_BYTES;
  return { placed, endOffset: offset, totalBytes };
}

function rewriteHeader(entry: OuterEntry, sizeBytes: number, isCopied: boolean): Buffer {
  const blocks: Buffer[] = [];
  let paxWritten = false;
  for (const { header, body, isLast } of splitHeader(entry)) {
    if (isLast) {
      if (!paxWritten && sizeBytes >= PAX_SIZE_FROM_BYTES) {
        blocks.push(paxBlocks(new Map([['size', String(sizeBytes)]]), null));
      }
      blocks.push(withSize(header, sizeBytes >= PAX_SIZE_FROM_BYTES ? 0 : sizeBytes));
    } else if (decodeTarHeader(header).type === 'pax') {
      const records = decodePax(body);
      if (!isCopied) {
        // What v1-pax noted here about its encryption no longer holds.
        records.delete('_securetar.version');
        records.delete('_securetar.plaintext_size');
      }
      records.delete('size');
      if (sizeBytes >= PAX_SIZE_FROM_BYTES) records.set('size', String(sizeBytes));
      paxWritten = true;
      if (records.size > 0) blocks.push(paxBlocks(records, header));
    } else {
      blocks.push(header, padded(body));
    }
  }
  const rewritten = Buffer.concat(blocks);
  return rewritten;
}

function* splitHeader({
  headerBytes,
}: OuterEntry): Generator<{ header: Buffer; body: Buffer; isLast: boolean }> {
  let offset = 0;
  while (offset < headerBytes.length) {
    const header = headerBytes.subarray(offset, offset + BLOCK_BYTES);
    offset += BLOCK_BYTES;
    const isLast = offset === headerBytes.length;
    const bodyBytes = isLast ? 0 : decodeTarHeader(header).sizeBytes;
    yield { header, body: headerBytes.subarray(offset, offset + bodyBytes), isLast };
    offset += paddedBytes(bodyBytes);
  }
}

function paxBlocks(records: ReadonlyMap<string, string>, like: Buffer | null): Buffer {
  const body = encodePax(records);
  const header =
    like === null
      ? encodeTarHeader({
          name: '././@PaxHeader',
          sizeBytes: body.length,
          typeFlag: 'x',
          mode: 0,
          mtimeSeconds: 0,
        })
      : withSize(like, body.length);
  return Buffer.concat([header, padded(body)]);
}

function padded(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.alloc(paddedBytes(body.length) - body.length)]);
}

/**
 * Compares the outer archives of the old and the new file: names, order, modes, times, links.
 * @throws INTERNAL when anything but sizes differs
 */
export function requireSameOutside(before: readonly OuterEntry[], after: readonly OuterEntry[]): void {
  const face = (entry: OuterEntry): string =>
    JSON.stringify([
      entry.storedName,
      entry.header.type,
      entry.header.mode,
      entry.mtimeSeconds,
      entry.header.linkName,
    ]);
  const differs =
    before.length !== after.length || before.some((entry, index) => face(entry) !== faceAt(after, index));
  if (differs)
    throw new StrongroomError('INTERNAL', 'The new file does not list the same parts as the old one.');

  function faceAt(entries: readonly OuterEntry[], index: number): string | null {
    const entry = entries[index];
    return entry === undefined ? null : face(entry);
  }
}
