// What the operating system says about a file, in words.

import { StrongroomError, toPlainError } from '../shared/errors.ts';

interface Words {
  readonly says: (what: string) => string;
  readonly hint: string;
}

const BY_SYSTEM_CODE: Readonly<Record<string, Words>> = {
  ENOENT: {
    says: (what) => `I can't find ${what}.`,
    hint: 'Check the spelling and the folder; a name with blanks needs quotes around it.',
  },
  ENOTDIR: {
    says: (what) => `I can't find ${what}: a part of its path is a file, not a folder.`,
    hint: 'Check the path.',
  },
  EACCES: {
    says: (what) => `I am not allowed to read ${what}.`,
    hint: 'Check its permissions, or run this as the user it belongs to.',
  },
  EPERM: {
    says: (what) => `I am not allowed to use ${what}.`,
    hint: 'Check its permissions, or run this as the user it belongs to.',
  },
  EISDIR: {
    says: (what) => `I expected a file, but ${what} is a folder.`,
    hint: 'Point to the file itself.',
  },
  ELOOP: { says: (what) => `The links at ${what} lead in a circle.`, hint: 'Point to the file itself.' },
  ENAMETOOLONG: { says: () => 'This path is too long.', hint: 'Check the path.' },
  EIO: {
    says: (what) => `The disk could not read ${what}.`,
    hint: 'The disk may be failing. Copy what you can to another one first, then try the copy.',
  },
};

/** An error that names the file, for one that was thrown while it was opened or read. Others stay as they are. */
export function describeFileProblem(thrown: unknown, what: string): StrongroomError {
  const systemCode = (thrown as NodeJS.ErrnoException | null)?.code ?? '';
  const words = BY_SYSTEM_CODE[systemCode];
  if (!(thrown instanceof StrongroomError) && words !== undefined) {
    return new StrongroomError('IO_FAILED', words.says(what), {
      hint: words.hint,
      details: { systemCode },
      cause: thrown,
    });
  }
  if (thrown instanceof StrongroomError) return thrown;
  const { code, message } = toPlainError(thrown);
  return new StrongroomError(code, message, { cause: thrown });
}
