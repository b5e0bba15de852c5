// Making the vault: which ways lead into it, and what happens where no keychain answers. Nothing is half made: a vault that could not
// get all its ways does not exist.

import { errorCode } from '../../../shared/errors.ts';
import type { App } from '../../app/app.svelte.ts';
import { NewPassphrase } from './new-passphrase.svelte.ts';

export type WaysWished = 'both' | 'passphrase' | 'keychain';

export class VaultCreation {
  readonly #app: Pick<App, 'client' | 'takeVault' | 'keys'>;
  readonly passphrase: NewPassphrase;
  #ways = $state<WaysWished>('both');
  #isBusy = $state(false);
  #problem = $state.raw<unknown>(null);
  #keychainProblem = $state.raw<unknown>(null);
  #isReady = $derived.by(() => this.#ways === 'keychain' || this.passphrase.isUsable);

  constructor(app: Pick<App, 'client' | 'takeVault' | 'keys' | 'facts'>) {
    this.#app = app;
    this.passphrase = new NewPassphrase(app.client);
    // A program without a window is seldom where a keychain is.
    this.#ways = app.facts.host.shell === 'web' ? 'passphrase' : 'both';
  }

  get ways(): WaysWished {
    return this.#ways;
  }

  set ways(ways: WaysWished) {
    this.#ways = ways;
    this.#problem = null;
    this.#keychainProblem = null;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Everything is filled in. */
  get isReady(): boolean {
    return this.#isReady;
  }

  get problem(): unknown {
    return this.#problem;
  }

  /** Why the keychain could not be used; null where it was not the matter. */
  get keychainProblem(): unknown {
    return this.#keychainProblem;
  }

  /** True where the vault is there now, and open. */
  async create(): Promise<boolean> {
    if (!this.#isReady || this.#isBusy) return false;
    this.#isBusy = true;
    this.#problem = null;
    this.#keychainProblem = null;
    try {
      const keychain = this.#ways !== 'passphrase';
      const passphrase = this.#ways === 'keychain' ? null : this.passphrase.first;
      this.#app.takeVault(await this.#app.client.call('vault.create', { keychain, passphrase }));
      this.passphrase.forget();
      await this.#app.keys.load();
      return true;
    } catch (error) {
      if (errorCode(error) === 'KEYCHAIN_FAILED') this.#keychainProblem = error;
      else this.#problem = error;
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}
