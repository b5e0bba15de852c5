// Ways to feed a stream stage, and what came out of it.

import { randomBytes } from 'node:crypto';
import { StrongroomError } from '../../shared/errors.ts';

/** The bytes as views of at most so many bytes. */
export async function* inPieces(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += sizeBytes) {
    yield bytes.subarray(offset, offset + sizeBytes);
  }
}

/** As `inPieces`, but every piece is the same memory, overwritten when the next is asked for. */
export async function* inReusedPieces(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const scratch = Buffer.alloc(sizeBytes);
  for (let offset = 0; offset < bytes.length; offset += sizeBytes) {
    const part = bytes.subarray(offset, offset + sizeBytes);
    scratch.set(part);
    yield scratch.subarray(0, part.length);
    scratch.fill(0xee);
  }
}

/** The bytes cut at the given places, in any order; equal places make empty pieces. */
export async function* cutAt(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const edges = [0, ...places.map((place) => Math.min(place, bytes.length)), bytes.length].sort(
    (a, b) => a - b,
  );
  for (let i = 1; i < edges.length; i++) yield bytes.subarray(edges[i - 1], edges[i]);
}

export interface Drained {
  /** All that was handed on, joined only after the end. */
  readonly released: Buffer;
  readonly error: StrongroomError | null;
}

/** Runs a stage to its end or its StrongroomError; anything else it throws fails the test. */
export async function drain(stage: AsyncIterable<Buffer>): Promise<Drained> {
  const parts: Buffer[] = [];
  let error: StrongroomError | null = null;
  try {
    for await (const part of stage) parts.push(part);
  } catch (thrown) {
    if (!(thrown instanceof StrongroomError)) throw thrown;
    error = thrown;
  }
  return { released: Buffer.concat(parts), error };
}

/** Runs a stage that must succeed. */
export async function collect(stage: AsyncIterable<Buffer>): Promise<Buffer> {
  const { released, error } = await drain(stage);
  if (error !== null) throw error;
  return released;
}

export function flipped(bytes: Buffer, offset: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset]! ^= 1 << bit;
  return copy;
}

export function randomPlaintext(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes);
}
