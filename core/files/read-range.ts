// A stretch of a file as a stream of pieces, one read ahead, so that the disk works while the cipher does.

import type { FileHandle } from 'node:fs/promises';

import { StrongroomError } from '../../shared/errors.ts';
import { passedThrough } from './young-memory.ts';

const PIECE_BYTES = 1024 * 1024;

export interface RangeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of every piece before it is handed on. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly pieceBytes?: number;
}

/**
 * The bytes `[offset, offset + length)`. Each piece is a new buffer that the consumer may keep.
 * @throws TRUNCATED where the file ends earlier, CANCELLED, IO_FAILED
 */
export async function* readRange(
  handle: FileHandle,
  offset: number,
  length: number,
  options: RangeOptions = {},
): AsyncGenerator<Buffer> {
  const { signal, onBytes, pieceBytes = PIECE_BYTES } = options;
  const end = offset + length;
  const start = (position: number): Promise<Buffer> | null => {
    if (position >= end) return null;
    const read = readPiece(handle, position, Math.min(pieceBytes, end - position));
    read.catch(() => undefined); // observed when it is awaited below
    return read;
  };
  let position = offset;
  let ahead = start(position);
  try {
    while (ahead !== null) {
      throwIfCancelled(signal);
      const piece: Buffer = await ahead;
      position += piece.length;
      ahead = start(position);
      onBytes?.(piece.length);
      passedThrough(piece.length);
      yield piece;
    }
  } finally {
    await ahead?.catch(() => undefined); // no read may outlive the handle
  }
}

async function readPiece(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) {
      throw new StrongroomError('TRUNCATED', 'The file ends before its content does.', {
        details: { fileOffsetBytes: position + filled },
      });
    }
    filled += bytesRead;
  }
  return buffer;
}

/** @throws CANCELLED */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new StrongroomError('CANCELLED', 'Stopped at your request.');
}

/** Up to `length` bytes at `offset`, fewer at the end of the file. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
