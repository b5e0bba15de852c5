// A key that somebody else may know: what it opens, and what its owner does now.

import type { CompromisedReport } from '../../shared/keys.ts';
import type { LibraryServices } from './services.ts';

/**
 * Marks the key, first of all and also where the catalogue cannot say what it opens. It stays in the vault and is still
 * tried: its backups have to be opened to be encrypted anew.
 * @throws UNKNOWN_KEY, VAULT_LOCKED, and what writing the vault throws; DAMAGED_CATALOG once the key is marked
 */
export async function markCompromised(services: LibraryServices, id: string): Promise<CompromisedReport> {
  const key = await services.vault.change(id, { state: 'compromised' });
  const opens = services.catalog
    .backups()
    .filter(({ trials }) => trials.some(({ keyId, outcome }) => keyId === id && outcome !== 'none'))
    .flatMap(({ paths, name, date }) => paths.map((path) => ({ path, name, date })))
    .sort((a, b) => byText(a.date ?? '', b.date ?? '') || byText(a.path, b.path));
  return { key, opens, advice: adviceFor(opens.length) };
}

function adviceFor(copyCount: number): string[] {
  const files = copyCount === 1 ? 'the backup listed here' : 'the backups listed here';
  return [
    'Make a new key in Home Assistant: Settings, System, Backups, Settings, Encryption key. Until then every new backup still gets the old one.',
    'Save the emergency kit of the new key where only you find it, and bring it into this vault.',
    copyCount === 0
      ? 'No known backup is opened by the old key. Find out which keys open your backups, in case there are some that are not known yet.'
      : `Encrypt ${files} anew under the new key.`,
    'Delete the originals and all other copies of these backups, on other drives, in the cloud and in the trash: whoever has one and the old key can read it for ever.',
    'What stands in those backups may be known already: change the passwords and tokens that your configuration holds, the most important first.',
  ];
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
