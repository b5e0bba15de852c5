// Why nothing was taken from a file that was thought to be an emergency kit, in words. Nothing of its content is repeated.

import { basename } from 'node:path';

import { StrongroomError, toPlainError } from '../../shared/errors.ts';
import { hasForeignLookAlikes, hasPartOfKey, LOOK_ALIKE_PAIRS } from '../../shared/key-format.ts';
import { visibleText } from '../../shared/kit-text.ts';

const WHAT_A_KIT_IS =
  'An emergency kit is a small text file with a line of seven groups of four capital letters and digits, joined by dashes.';

/** @returns USAGE, with what is known about the reason */
export function explainMissingKey(bytes: Buffer, path: string): StrongroomError {
  const name = nameOf(path);
  if (bytes.length === 0) {
    return new StrongroomError('USAGE', `“${name}” is empty.`, {
      hint: 'Download the emergency kit again, or look for another copy of it.',
      details: { reason: 'empty' },
    });
  }
  const text = visibleText(bytes);
  if (hasForeignLookAlikes(text)) {
    return new StrongroomError(
      'USAGE',
      `There is a key in “${name}”, but some of its letters are Greek or Cyrillic ones that only look like the right ones.`,
      { hint: 'Type the key in by hand, with Latin letters.', details: { reason: 'look-alikes' } },
    );
  }
  if (hasPartOfKey(text)) {
    return new StrongroomError('USAGE', `There is only a part of an encryption key in “${name}”.`, {
      hint: `A whole key has seven groups of four. Look for another copy of the kit, or type the key in; mind ${LOOK_ALIKE_PAIRS}.`,
      details: { reason: 'incomplete' },
    });
  }
  return new StrongroomError('USAGE', `There is no encryption key in “${name}”.`, {
    hint: `${WHAT_A_KIT_IS} A password of another kind is typed in instead.`,
    details: { reason: 'no-key' },
  });
}

export function kitNotFound(folder: string): StrongroomError {
  return new StrongroomError('USAGE', `There is no emergency kit in the folder “${nameOf(folder)}”.`, {
    hint: `${WHAT_A_KIT_IS} A kit with an unusual file ending is found when it is given by name.`,
    details: { reason: 'no-kit' },
  });
}

export function notAFile(path: string): StrongroomError {
  return new StrongroomError('USAGE', `“${nameOf(path)}” is neither a file nor a folder.`, {
    hint: 'Save the emergency kit as a file first, then give that.',
    details: { reason: 'special-file' },
  });
}

export function tooLarge(path: string): StrongroomError {
  return new StrongroomError('USAGE', `“${nameOf(path)}” is far too large to be an emergency kit.`, {
    hint: `${WHAT_A_KIT_IS} A backup is given where backups are expected.`,
    details: { reason: 'too-large' },
  });
}

export function tooManyFiles(folder: string): StrongroomError {
  return new StrongroomError(
    'LIMIT_EXCEEDED',
    `There is too much in the folder “${nameOf(folder)}” to search all of it.`,
    {
      hint: 'Give the folder in which the emergency kits lie, or the kits themselves.',
    },
  );
}

const BY_SYSTEM_CODE: Readonly<Record<string, readonly [says: string, hint: string]>> = {
  ENOENT: ['is not there', 'Check the spelling and the folder.'],
  ENOTDIR: ['is not there: a part of its path is a file', 'Check the path.'],
  EACCES: ['may not be read by you', 'Check its permissions.'],
  EPERM: ['may not be read by you', 'Check its permissions.'],
  ELOOP: ['is a link that leads in a circle', 'Give the file itself.'],
  ENAMETOOLONG: ['has a name that is too long', 'Check the path.'],
  EIO: ['cannot be read by the disk', 'The disk may be failing. Look for another copy of the kit.'],
};

/** The file cannot be read. @returns IO_FAILED */
export function describeUnreadable(thrown: unknown, path: string): StrongroomError {
  const systemCode = (thrown as NodeJS.ErrnoException | null)?.code ?? '';
  const words = BY_SYSTEM_CODE[systemCode];
  if (words === undefined) {
    const { message } = toPlainError(thrown);
    return new StrongroomError('IO_FAILED', `“${nameOf(path)}” could not be read (${message}).`, {
      details: { systemCode },
      cause: thrown,
    });
  }
  return new StrongroomError('IO_FAILED', `“${nameOf(path)}” ${words[0]}.`, {
    hint: words[1],
    details: { systemCode },
    cause: thrown,
  });
}

/** A file's name as it can stand in a sentence: on one line. */
function nameOf(path: string): string {
  const name = basename(path) === '' ? path : basename(path);
  return name.replace(/\p{C}+/gu, '�');
}
