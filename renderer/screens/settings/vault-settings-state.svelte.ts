// The ways into the vault and when it locks. A new passphrase is forgotten as soon as it is set.

import type { App } from '../../app/app.svelte.ts';
import { t } from '../../messages/messages.ts';

type Needs = Pick<App, 'client' | 'takeVault' | 'toasts'>;

export type VaultDialog = 'passphrase' | 'remove-passphrase' | 'remove-keychain';

export class VaultSettingsState {
  readonly #app: Needs;
  #dialog = $state<VaultDialog | null>(null);
  #isAddingKeychain = $state(false);
  #problem = $state.raw<unknown>(null);

  constructor(app: Needs) {
    this.#app = app;
  }

  get dialog(): VaultDialog | null {
    return this.#dialog;
  }

  get isAddingKeychain(): boolean {
    return this.#isAddingKeychain;
  }

  get problem(): unknown {
    return this.#problem;
  }

  open(dialog: VaultDialog): void {
    this.#problem = null;
    this.#dialog = dialog;
  }

  close(): void {
    this.#dialog = null;
  }

  async addKeychain(): Promise<void> {
    this.#isAddingKeychain = true;
    this.#problem = null;
    try {
      this.#app.takeVault(await this.#app.client.call('vault.setKeychain', { use: true }));
      this.#app.toasts.say(t('settings.keychain.added'), { tone: 'good' });
    } catch (error) {
      this.#problem = error;
    } finally {
      this.#isAddingKeychain = false;
    }
  }

  /** @throws as vault.setKeychain */
  async removeKeychain(): Promise<void> {
    this.#app.takeVault(await this.#app.client.call('vault.setKeychain', { use: false }));
    this.#app.toasts.say(t('settings.keychain.removed'), { tone: 'good' });
  }

  /** @throws as vault.setPassphrase */
  async setPassphrase(passphrase: string): Promise<void> {
    this.#app.takeVault(await this.#app.client.call('vault.setPassphrase', { passphrase }));
    this.#app.toasts.say(t('settings.passphrase.set'), { tone: 'good' });
  }

  /** @throws as vault.setPassphrase */
  async removePassphrase(): Promise<void> {
    this.#app.takeVault(await this.#app.client.call('vault.setPassphrase', { passphrase: null }));
    this.#app.toasts.say(t('settings.passphrase.removed'), { tone: 'good' });
  }

  async setIdleLock(idleMs: number | null): Promise<void> {
    this.#problem = null;
    try {
      this.#app.takeVault(await this.#app.client.call('vault.setIdleLock', { idleMs }));
    } catch (error) {
      this.#problem = error;
    }
  }
}
