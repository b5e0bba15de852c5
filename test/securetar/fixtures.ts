// The vectors and archives of test/fixtures that concern this room.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { extract } from 'tar-stream';

const FOLDER = fileURLToPath(new URL('../fixtures/', import.meta.url));

interface Expected {
  readonly password: string;
  readonly streams: Readonly<
    Record<string, { plaintext_size: number; ciphertext_size: number; plaintext_sha256: string }>
  >;
  readonly key_vectors: {
    readonly legacy: readonly { password: string; salt: string; key: string; iv: string }[];
    readonly v3: readonly {
      password: string;
      root_salt: string;
      root_key: string;
      validation_salt: string;
      validation_key: string;
      derivation_salt: string;
      stream_key: string;
    }[];
  };
}

export const expected = JSON.parse(readFileSync(`${FOLDER}expected.json`, 'utf8')) as Expected;
export const password = Buffer.from(expected.password, 'utf8');

export function fixture(name: string): Buffer {
  return readFileSync(FOLDER + name);
}

/** The encrypted inner archives of a fixture backup, by entry name. */
export async function innerArchives(name: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const outer = extract();
  outer.end(fixture(name));
  for await (const entry of outer) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    if (/\.tar(\.gz)?$/.test(entry.header.name)) found.set(entry.header.name, Buffer.concat(parts));
  }
  return found;
}

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
