// What need not be opened to know that nothing has to be done with it. Of a library that was migrated before, that is
// nearly all of it, and each v3 backup that is not opened saves an Argon2id.

import type { BatchRequest } from '../../../shared/library.ts';
import type { BackupFacts, KeyTrial } from '../../catalog/index.ts';

/** Why a backup is left as it is, a full sentence; null where the engine has to look. */
export function reasonToLeave(
  { details }: Pick<BackupFacts, 'details'>,
  trials: readonly KeyTrial[],
  { operation, format, newKeyId }: BatchRequest,
): string | null {
  if (details === undefined) return null;
  const { protection, mismatch } = details;
  const isPlain = protection === 'plain' || protection === 'none';
  // Metadata that says another thing than the bytes is put right by a rewrite.
  const isInFormat = protection === 'encrypted' && details.format === format && !mismatch;
  switch (operation) {
    case 'migrate':
      if (isPlain)
        return 'Nothing in this backup is encrypted, so there is no old format to leave. To protect it, encrypt it.';
      return isInFormat ? `This backup is already in format ${format}.` : null;
    case 'encrypt':
      if (protection === 'none') return 'There is nothing in this backup to encrypt.';
      return protection === 'encrypted'
        ? 'This backup is already encrypted. For another key, rekey it.'
        : null;
    case 'rekey': {
      if (isPlain) return 'Nothing in this backup is encrypted. To protect it, encrypt it.';
      const hasKey = trials.some(({ keyId, outcome }) => keyId === newKeyId && outcome === 'all');
      return isInFormat && hasKey ? 'This backup is already encrypted with this key.' : null;
    }
  }
}
