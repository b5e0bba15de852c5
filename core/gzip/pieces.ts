// The pieces of a byte source, brought to a workable size: none is copied unless it is small.
// Must never hold more than one piece and one minimum, and always gives the source back when left early.

/** Sizes between which a piece is worth a change of threads and look-ahead stays small. */
export const PIECE_MIN_BYTES = 256 * 1024;
export const PIECE_MAX_BYTES = 1024 * 1024;

/**
 * Joins small pieces until each has at least `minBytes` (the last may be shorter) and splits those above `maxBytes`.
 * An error of the source comes after the bytes it gave before, or at once when those do not fill a first piece:
 * so the first piece holds `minBytes`, or everything there is.
 */
export async function* gatherPieces(
  source: AsyncIterable<Uint8Array>,
  minBytes: number,
  maxBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let small: Buffer | null = null;
  let filledBytes = 0;
  let isFirst = true;
  let failure: { readonly thrown: unknown } | null = null;
  try {
    for await (const bytes of source) {
      let piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (small !== null) {
        const copiedBytes = piece.copy(small, filledBytes);
        filledBytes += copiedBytes;
        piece = piece.subarray(copiedBytes);
        if (filledBytes < minBytes) continue;
        yield small;
        isFirst = false;
        small = null;
      }
      while (piece.length > maxBytes) {
        yield piece.subarray(0, maxBytes);
        isFirst = false;
        piece = piece.subarray(maxBytes);
      }
      if (piece.length >= minBytes) {
        yield piece;
        isFirst = false;
      } else if (piece.length > 0) {
        small = Buffer.allocUnsafe(minBytes);
        filledBytes = piece.copy(small);
      }
    }
  } catch (thrown) {
    failure = { thrown };
  }
  if (small !== null && !(isFirst && failure !== null)) yield small.subarray(0, filledBytes);
  if (failure !== null) throw failure.thrown;
}
