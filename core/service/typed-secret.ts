// A secret as it came from a window: bytes for as long as they are needed, then zeroes. The text itself is a string of the
// transport's, which nobody can wipe.

/** The bytes are zeroed when the work has ended, however it ends. */
export async function withSecret<T>(text: string, work: (secret: Buffer) => Promise<T>): Promise<T> {
  const secret = Buffer.from(text, 'utf8');
  try {
    return await work(secret);
  } finally {
    secret.fill(0);
  }
}
