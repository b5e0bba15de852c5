// The errors that this room throws in more than one place, each with the next step for the person. Never a secret, and
// never what was typed to choose a key: that may be the key itself.

import { StrongroomError, type ErrorDetails } from '../../shared/errors.ts';

export function noVault(): StrongroomError {
  return new StrongroomError('NO_VAULT', 'There is no vault yet.', { hint: 'Make one first.' });
}

export function vaultLocked(hint = 'Unlock it with its passphrase or the keychain.'): StrongroomError {
  return new StrongroomError('VAULT_LOCKED', 'The vault is locked.', { hint });
}

export function lockedOnPurpose(): StrongroomError {
  return new StrongroomError('VAULT_LOCKED', 'The vault was locked on purpose; the keychain is not asked.', {
    hint: 'Unlock the vault explicitly, or give its passphrase.',
  });
}

export function passphraseChanged(): StrongroomError {
  return new StrongroomError(
    'VAULT_LOCKED',
    'The passphrase of the vault was changed by another program; the vault is locked here.',
    { hint: 'Unlock it again, with the new passphrase or the keychain.' },
  );
}

export function damagedVault(message: string, hint: string, details: ErrorDetails = {}): StrongroomError {
  return new StrongroomError('DAMAGED_VAULT', message, { hint, details });
}

export function olderVault(hint: string): StrongroomError {
  return damagedVault('An older vault file has taken the place of the newer one; it is not used.', hint);
}

export function usage(message: string, hint: string): StrongroomError {
  return new StrongroomError('USAGE', message, { hint });
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);
const IN_THE_WAY = new Set(['EEXIST', 'EISDIR', 'ERR_FS_EISDIR', 'ENOTEMPTY']);

/** What the operating system answered to a write that changed nothing, in words. All else is passed on as it came. */
export function refusedWrite(error: unknown, folder: string): unknown {
  const code = systemCode(error);
  if (code === null) return error;
  if (NO_ROOM.has(code)) {
    return new StrongroomError('NO_SPACE', 'There is no room on the disk; the vault is as it was.', {
      hint: `Make room where “${folder}” is, then try again.`,
      cause: error,
    });
  }
  if (NOT_ALLOWED.has(code)) {
    return new StrongroomError(
      'OUTPUT_REFUSED',
      `Nothing can be written in “${folder}” (${code}); the vault is as it was.`,
      { hint: 'Choose a data folder that you may write to, or change its permissions.', cause: error },
    );
  }
  if (IN_THE_WAY.has(code)) {
    const { dest, path } = error as NodeJS.ErrnoException & { readonly dest?: string };
    return new StrongroomError(
      'OUTPUT_REFUSED',
      `Something is in the way at “${dest ?? path ?? folder}” (${code}); the vault is as it was.`,
      { hint: 'Move it to another place, then try again.', cause: error },
    );
  }
  return new StrongroomError(
    'IO_FAILED',
    `The disk refuses to write in “${folder}” (${code}); the vault is as it was.`,
    { hint: 'Check the disk, or choose another data folder.', cause: error },
  );
}

/** What the operating system answered to reading a file of the vault, in words. All else is passed on as it came. */
export function refusedRead(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === null) return error;
  if (code === 'EACCES' || code === 'EPERM') {
    return new StrongroomError('IO_FAILED', `You may not read “${path}” (${code}).`, {
      hint: 'Give yourself the permission to read it, then try again. That does not mean that it is damaged.',
      cause: error,
    });
  }
  return new StrongroomError('IO_FAILED', `“${path}” cannot be read at present (${code}).`, {
    hint: 'Check that its disk is connected and works, then try again.',
    cause: error,
  });
}

/** null for what does not come from the operating system. */
function systemCode(error: unknown): string | null {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof syscall === 'string' ? code : null;
}
