// A key on its way out of the vault, because its owner wants it in his hands: the emergency kit as Home Assistant
// makes it, and a page to print. Both become files that only he may read, and never replace one.

import { formatEmergencyKit, isReadableByImport } from '../../shared/emergency-kit.ts';
import type { KeyUse, KitSaved } from '../../shared/keys.ts';
import { writePrivateFile } from '../files/index.ts';
import { renderKeyPage, type Vault } from '../vault/index.ts';
import { revealKey } from './reveal-key.ts';

export interface SavingOptions {
  /** The new file. */
  readonly path: string;
  /** IANA name; the machine's own when left out. */
  readonly timeZone?: string | undefined;
}

/**
 * Saves the emergency kit and remembers when.
 * @throws VAULT_LOCKED, UNKNOWN_KEY, OUTPUT_REFUSED, NO_SPACE, IO_FAILED; USAGE for a password with a line break
 */
export async function exportKit(vault: Vault, id: string, options: SavingOptions): Promise<KitSaved> {
  const { instance, url } = await vault.find(id);
  const date = new Date();
  const secret = await revealKey(vault, id);
  const readableByImport = isReadableByImport(secret);
  try {
    const kit = { instance, url, date, timeZone: options.timeZone };
    const text = formatEmergencyKit(kit, secret);
    await writePrivateFile(options.path, text).finally(() => text.fill(0));
  } finally {
    secret.fill(0);
  }
  await vault.change(id, { exportedAt: date.toISOString() });
  return { path: options.path, readableByImport };
}

/**
 * Saves the page to print as a PDF file. `use`: what the key opens; null where nobody knows. It counts as saved in the same way as the kit.
 * @throws as `exportKit`; USAGE for a password with characters that cannot be printed
 */
export async function savePage(
  vault: Vault,
  id: string,
  use: KeyUse | null,
  options: SavingOptions,
): Promise<void> {
  const key = await vault.find(id);
  const secret = await revealKey(vault, id);
  const date = new Date();
  try {
    const page = await renderKeyPage({ ...key, use }, secret, { now: date, timeZone: options.timeZone });
    await writePrivateFile(options.path, page).finally(() => page.fill(0));
  } finally {
    secret.fill(0);
  }
  await vault.change(id, { exportedAt: date.toISOString() });
}
