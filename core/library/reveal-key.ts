// One key in the clear, because its owner asked for it.

import type { Vault } from '../vault/index.ts';

/** The secret of one key, as bytes that the caller wipes. @throws VAULT_LOCKED, UNKNOWN_KEY */
export async function revealKey(vault: Pick<Vault, 'secrets'>, id: string): Promise<Buffer> {
  const [key] = await vault.secrets([id]);
  if (key === undefined) throw new Error('the vault gave no secret for a key that it has');
  return key.password;
}
