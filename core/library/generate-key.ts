// A new key in Home Assistant's own format, made and kept at once.

import type { AddedKey } from '../../shared/keys.ts';
import { generateHomeAssistantKey, measureStrength, type Vault } from '../vault/index.ts';

/**
 * Makes a key and keeps it in the vault. Without a label it is called after the day.
 * @throws VAULT_LOCKED, and what writing the vault throws
 */
export async function generateKey(
  vault: Vault,
  { label }: { readonly label?: string } = {},
): Promise<AddedKey> {
  const secret = generateHomeAssistantKey();
  try {
    const day = new Date().toISOString().slice(0, 10);
    const [added] = await vault.add([
      { label: label ?? `Made ${day}`, secret, origin: 'generated', strength: await measureStrength(secret) },
    ]);
    if (added === undefined) throw new Error('the vault took the key and did not say so');
    return added;
  } finally {
    secret.fill(0);
  }
}
