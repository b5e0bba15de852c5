// The ids of the vault's keys, for what is said of a backup's keys without opening anything. Does not count as use of the vault.

import { errorCode } from '../../shared/errors.ts';
import type { Vault } from '../vault/index.ts';

/** null while the vault is locked, or there is none. @throws DAMAGED_VAULT */
export async function keyIdsOf(
  vault: Pick<Vault, 'isUnlocked' | 'keyIds'>,
): Promise<ReadonlySet<string> | null> {
  if (!vault.isUnlocked) return null;
  try {
    return await vault.keyIds();
  } catch (error) {
    // Locked by another program, or gone, which shows only now.
    if (['VAULT_LOCKED', 'NO_VAULT'].includes(errorCode(error))) return null;
    throw error;
  }
}
