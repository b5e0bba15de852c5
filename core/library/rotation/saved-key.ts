// A new key that is only in this vault is no safe key for a whole library: before anything is encrypted with it, a copy has to be elsewhere.

import { StrongroomError } from '../../../shared/errors.ts';
import type { KeyInfo } from '../../../shared/keys.ts';

/**
 * Why nothing may be encrypted with it yet. null where its kit or page was saved, a saved copy was tried out, or it came from an emergency
 * kit itself.
 */
export function unsavedProblem(
  key: Pick<KeyInfo, 'label' | 'origin' | 'exportedAt' | 'drilledAt'>,
): StrongroomError | null {
  if (key.exportedAt !== null || key.drilledAt !== null || key.origin === 'emergency-kit') return null;
  return new StrongroomError('USAGE', `Your key “${key.label}” is nowhere but in this vault.`, {
    hint: 'Save its emergency kit or print its page first, and keep it where the backups are not. Nothing was begun.',
    details: { unsavedKey: true },
  });
}
