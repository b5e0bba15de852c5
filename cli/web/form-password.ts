// Reads the password out of the sign-in form as bytes, so that what can be wiped is wiped.

import type { IncomingMessage } from 'node:http';

const FORM_LIMIT_BYTES = 16 * 1024;

/** The password of the form, which the caller wipes; null where there is none, or more than a form would hold. */
export async function readFormPassword(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes <= FORM_LIMIT_BYTES) pieces.push(piece);
  }
  const form = Buffer.concat(pieces);
  for (const piece of pieces) piece.fill(0);
  try {
    if (sizeBytes > FORM_LIMIT_BYTES) return null;
    const password = new URLSearchParams(form.toString('utf8')).get('password') ?? '';
    return password === '' ? null : Buffer.from(password, 'utf8');
  } finally {
    form.fill(0);
  }
}
