// Calls about the vault itself: making, opening and locking it, and the ways into it.

import type { VaultStatus } from '../../../shared/keys.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { withSecret } from '../typed-secret.ts';

export function vaultHandlers({ engine }: ServiceContext): HandlersOf<'vault'> {
  const { vault } = engine;
  const statusAfter = async (work: Promise<void>): Promise<VaultStatus> => {
    await work;
    return vault.status();
  };
  return {
    'vault.status': () => vault.status(),
    'vault.create': ({ keychain, passphrase }) => {
      const use = keychain ? 'use' : 'leave';
      return statusAfter(
        passphrase === null
          ? vault.create({ keychain: use })
          : withSecret(passphrase, (secret) => vault.create({ keychain: use, passphrase: secret })),
      );
    },
    'vault.unlock': ({ passphrase }) =>
      statusAfter(
        passphrase === null
          ? vault.unlockForAll({ way: 'keychain' })
          : withSecret(passphrase, (secret) => vault.unlockForAll({ way: 'passphrase', passphrase: secret })),
      ),
    'vault.lock': () => statusAfter(vault.lockForAll()),
    'vault.restoreCopy': () => statusAfter(vault.restoreCopy()),
    'vault.setPassphrase': ({ passphrase }) =>
      statusAfter(
        passphrase === null
          ? vault.removePassphrase()
          : withSecret(passphrase, (secret) => vault.setPassphrase(secret)),
      ),
    'vault.setKeychain': ({ use }) => statusAfter(use ? vault.addKeychain() : vault.removeKeychain()),
    'vault.setIdleLock': ({ idleMs }) => statusAfter(vault.setIdleLock(idleMs)),
  };
}
