// Keys from files: a plain key file, and Home Assistant's emergency kit. No content of such a file is ever
// repeated in a message.

import { open } from 'node:fs/promises';
import { basename } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import { decodeText, KIT_LIMIT_BYTES, parseEmergencyKit } from '../../shared/emergency-kit.ts';
import { isHomeAssistantKey } from '../../shared/key-format.ts';
import { loadKitReader } from '../engine.ts';
import { describeFileProblem } from '../file-problem.ts';
import type { TerminalInput } from '../host.ts';

const READ_PIECE_BYTES = 16 * 1024;

export interface NamedKey {
  readonly label: string;
  readonly password: Buffer;
}

/**
 * The key in a file: its first line, without the line end. `-` reads standard input.
 * @throws USAGE when it holds none, or is a kit; IO_FAILED when it cannot be read
 */
export async function readKeyFile(path: string, stdin: TerminalInput): Promise<NamedKey> {
  const label = path === '-' ? 'standard input' : basename(path);
  if (path === '-' && stdin.isTTY === true) {
    throw new StrongroomError(
      'USAGE',
      'With --key-file - the key comes from a pipe, and there is a terminal.',
      {
        hint: 'Leave the option out to be asked for the key, hidden.',
      },
    );
  }
  const bytes =
    path === '-' ? await readAll(stdin, label) : await readSmallFile(path, `the key file “${label}”`);
  try {
    const first = firstLineOf(bytes, `The key file “${label}”`);
    if (first === '') {
      throw new StrongroomError('USAGE', `The key file “${label}” is empty or starts with an empty line.`, {
        hint: 'Its first line must be the encryption key, exactly as in the emergency kit, dashes included.',
      });
    }
    // Blanks may belong to another password, but never to a key of Home Assistant.
    if (isHomeAssistantKey(first.trim())) return { label, password: Buffer.from(first.trim(), 'utf8') };
    if (parseEmergencyKit(bytes).keys.length > 0) {
      throw new StrongroomError('USAGE', `“${label}” is an emergency kit, not a key file.`, {
        hint: 'Use --kit (or --new-kit) for it; into the vault: strongroom keys import.',
      });
    }
    return { label, password: Buffer.from(first, 'utf8') };
  } finally {
    bytes.fill(0);
  }
}

/**
 * All keys in an emergency kit.
 * @throws USAGE when it holds none, or is no file; IO_FAILED when it cannot be read
 */
export async function readKit(path: string): Promise<NamedKey[]> {
  const label = basename(path);
  const readKitFiles = await loadKitReader();
  const named: NamedKey[] = [];
  for await (const { keys, error } of readKitFiles([path])) {
    if (error !== null) throw error;
    named.push(...keys.map((password) => ({ label, password })));
  }
  if (named.length < 2) return named;
  return named.map(({ password }, index) => ({ label: `${label}, key ${index + 1}`, password }));
}

/**
 * The first line of a text file. What is no text is refused: its bytes would not survive being read as text, and so
 * neither would the strength of a password among them.
 * @throws USAGE
 */
export function firstLineOf(bytes: Buffer, what: string): string {
  const text = decodeText(bytes);
  const [first = ''] = text.split(/\r\n|\r|\n/);

  const isText =
    !/[\u0000-\u0008\u000E-\u001F]/.test(first) && (!text.includes('\uFFFD') || bytes.includes('\uFFFD'));
  if (isText) return first;
  throw new StrongroomError('USAGE', `${what} is not a text file.`, {
    hint: 'Its first line must be text. For random bytes: base64 turns them into it.',
  });
}

/** A file as small as a key is; `what` names it in the error. @throws USAGE when it is too large; IO_FAILED */
export async function readSmallFile(path: string, what: string): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      return await readAll(
        handle.createReadStream({ autoClose: false, highWaterMark: READ_PIECE_BYTES }),
        basename(path),
      );
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw describeFileProblem(error, what);
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>, label: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream) {
    const bytes = Buffer.from(piece as Buffer);
    pieces.push(bytes);
    length += bytes.length;
    if (length > KIT_LIMIT_BYTES) {
      for (const read of pieces) read.fill(0);
      throw new StrongroomError(
        'USAGE',
        `“${label}” is far too large to be a file with a key or a passphrase.`,
        {
          hint: 'Point to the small text file with it. Backups are given without an option.',
        },
      );
    }
  }
  const whole = Buffer.concat(pieces);
  for (const read of pieces) read.fill(0);
  return whole;
}
