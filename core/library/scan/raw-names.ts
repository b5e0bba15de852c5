// Names as the file system has them: bytes, which need not be UTF-8. Node's string paths lose what is not, so a file with such a name
// can be found, and shown under a stand-in for its path, but not be opened by what is shown.

import { join, sep } from 'node:path';

import { StrongroomError } from '../../../shared/errors.ts';

/** The name as text; null where its bytes are none, so that no text leads to the file. */
export function textOfName(name: Buffer): string | null {
  const text = name.toString('utf8');
  // Only a name with the replacement character in it can have lost something.
  return !text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(name) ? text : null;
}

/**
 * A path to show for a name that is no text: what can be read of it, all other bytes as `\xff`. The doubled separator before it
 * stands in no path that Node makes, so it can never be taken for that of another file.
 */
export function standInPath(folder: string, name: Buffer): string {
  const base = folder.endsWith(sep) ? folder : folder + sep;
  return base + sep + readablePart(name);
}

/** Paths of what is inside a folder with such a name keep its doubled separator, which `join` would not. */
export function childPath(folder: string, isNamed: boolean, name: string): string {
  return isNamed ? join(folder, name) : folder + sep + name;
}

export function childBytes(folder: Buffer, name: Buffer): Buffer {
  const separator = Buffer.from(sep);
  const isRoot = folder.subarray(-separator.length).equals(separator);
  return Buffer.concat(isRoot ? [folder, name] : [folder, separator, name]);
}

export function nameIsNoText(): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    'The name of this file, or of a folder that it lies in, has bytes that are no text, as programs and drives of other systems leave them.',
    { hint: 'Rename it in your file manager, then scan again. The backup itself is not damaged by that.' },
  );
}

function readablePart(name: Buffer): string {
  let shown = '';
  for (let index = 0; index < name.length;) {
    const length = [1, 2, 3, 4].find((bytes) => isOneCharacter(name.subarray(index, index + bytes)));
    const character = name.subarray(index, index + (length ?? 1));
    index += character.length;
    if (length === undefined) shown += `\\x${character.toString('hex')}`;
    else shown += character.toString() === '\\' ? '\\\\' : character.toString();
  }
  return shown;
}

function isOneCharacter(bytes: Buffer): boolean {
  const text = textOfName(bytes);
  return text !== null && [...text].length === 1;
}
