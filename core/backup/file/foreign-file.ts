// Says in plain words what a file is that is not a backup: a saved login page, a zip, an empty download.
// Only its first bytes are looked at, and nothing of them is repeated in the message.

import type { FileHandle } from 'node:fs/promises';

import { StrongroomError } from '../../../shared/errors.ts';
import { readAt } from '../../files/index.ts';
import { hasSecureTarMagic } from '../../securetar/index.ts';

interface Foreign {
  readonly says: string;
  readonly hint: string;
}

const AGAIN = 'Download the backup again: Settings → System → Backups in Home Assistant.';

/** The error for a file whose first block is no tar header. */
export async function describeForeignFile(handle: FileHandle): Promise<StrongroomError> {
  const start = await readAt(handle, 0, 1024);
  const { says, hint } = recognise(start);
  return new StrongroomError('NOT_A_BACKUP', `This is not a backup, but ${says}.`, { hint });
}

function recognise(start: Buffer): Foreign {
  if (start.length === 0) return { says: 'an empty file', hint: `The download did not work. ${AGAIN}` };
  const text = start.toString('utf8').trimStart().toLowerCase(); // a byte order mark counts as space
  if (/^(<!doctype html|<html|<head|<body|<meta|<script)/.test(text)) {
    return {
      says: 'a web page',
      hint: `A login or error page was saved instead of the backup. Sign in first. ${AGAIN}`,
    };
  }
  if (text.startsWith('<?xml') || text.startsWith('<'))
    return { says: 'an XML or web document', hint: AGAIN };
  if (text.startsWith('{') || text.startsWith('[')) {
    return { says: 'a JSON text, often an error message of a server', hint: AGAIN };
  }
  if (hasSecureTarMagic(start)) {
    return {
      says: 'one encrypted part taken out of a backup',
      hint: 'Point to the whole backup, the .tar file it came from.',
    };
  }
  if (start[0] === 0x1f && start[1] === 0x8b) {
    return {
      says: 'a gzip archive',
      hint: 'If it was made from a backup, unpack it first; if it is one part of a backup, point to the whole backup.',
    };
  }
  if (text.startsWith('pk\u0003\u0004'))
    return { says: 'a zip archive', hint: 'Unpack it; the backup may be inside.' };
  if (text.startsWith('sqlite format 3'))
    return { says: 'an SQLite database', hint: 'Backups are .tar files.' };
  if (text.startsWith('rar!') || start.subarray(0, 6).equals(Buffer.from('377abcaf271c', 'hex'))) {
    return { says: 'a compressed archive', hint: 'Unpack it; the backup may be inside.' };
  }
  if (start.every((byte) => byte === 0)) {
    return {
      says: 'a file of zeros',
      hint: `The copy or download was cut off before its content was written. ${AGAIN}`,
    };
  }
  return {
    says: 'something else: it does not begin like a tar archive',
    hint: `It may be damaged at its start. ${AGAIN}`,
  };
}
