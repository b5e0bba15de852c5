// The front door of the vault: the sealed file with the keys, the ways into it, the system's keychain.

export { excludeFromCoreDumps } from './core-dumps.ts';
export type { CreateWays } from './create-vault.ts';
export { generateHomeAssistantKey } from './generate-key.ts';
export type { KeychainAnswer, KeychainRequest } from './keychain-thread.ts';
export { systemKeychain, type Keychain, type SystemKeychainOptions } from './keychain.ts';
export { labelForKit, readKitBytes, readKitFiles, type KitFile } from './kit-files.ts';
export { renderKeyPage, type KeyPageFields, type KeyPageOptions } from './kit-page.ts';
export type { KeyChange, NewKey } from './key-records.ts';
export { openVault, type Vault, type VaultKey, type VaultOptions } from './vault.ts';
export type { VaultEvent } from './vault-listeners.ts';
export { measureStrength } from './strength.ts';
export type { UnlockHow } from './ways-in.ts';
