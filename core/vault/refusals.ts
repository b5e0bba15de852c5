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

export function damagedVault(message: string, hint: string, details: ErrorDetails = {}): StrongroomError {
  return new StrongroomError('DAMAGED_VAULT', message, { hint, details });
}

export function usage(message: string, hint: string): StrongroomError {
  return new StrongroomError('USAGE', message, { hint });
}

/** What the operating system answered to a write, in words. All else is passed on as it came. */
export function refusedWrite(error: unknown, folder: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    return new StrongroomError('NO_SPACE', 'There is no room on the disk; the vault is as it was.', {
      hint: `Make room where “${folder}” is, then try again.`,
      cause: error,
    });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EEXIST'].includes(code)) {
    return new StrongroomError(
      'OUTPUT_REFUSED',
      `Nothing can be written in “${folder}” (${code}); the vault is as it was.`,
      { hint: 'Choose a data folder that you may write to, or change its permissions.', cause: error },
    );
  }
  return error;
}
