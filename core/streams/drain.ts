// Reading a stream for what reading it proves, not for what it yields.

/** Takes everything and keeps nothing. */
export async function drain(source: AsyncIterable<unknown>): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

/** Takes everything; how many bytes it was. */
export async function countBytes(source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of source) bytes += piece.length;
  return bytes;
}
