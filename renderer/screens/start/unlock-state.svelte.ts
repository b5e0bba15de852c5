// Opening the vault: by its passphrase, or by the keychain when a person asks for it. The passphrase is forgotten with each try.

import { errorCode, toPlainError } from '../../../shared/errors.ts';
import type { App } from '../../app/app.svelte.ts';

type Work = 'passphrase' | 'keychain' | 'status' | 'restore';

export class UnlockState {
  readonly #app: Pick<App, 'client' | 'takeVault'>;
  #passphrase = $state('');
  #busy = $state<Work | null>(null);
  #problem = $state.raw<unknown>(null);
  #wrongPassphrase = $state<string | null>(null);

  constructor(app: Pick<App, 'client' | 'takeVault'>) {
    this.#app = app;
  }

  get passphrase(): string {
    return this.#passphrase;
  }

  set passphrase(text: string) {
    this.#passphrase = text;
    if (text !== '') this.#wrongPassphrase = null;
  }

  get busy(): Work | null {
    return this.#busy;
  }

  /** Anything but a wrong passphrase. */
  get problem(): unknown {
    return this.#problem;
  }

  /** A sentence for the field; null where the last passphrase was not wrong. */
  get wrongPassphrase(): string | null {
    return this.#wrongPassphrase;
  }

  async unlockByPassphrase(): Promise<void> {
    const passphrase = this.#passphrase;
    if (passphrase === '' || this.#busy !== null) return;
    await this.#run('passphrase', async () =>
      this.#app.takeVault(await this.#app.client.call('vault.unlock', { passphrase })),
    );
    this.#passphrase = '';
  }

  async unlockByKeychain(): Promise<void> {
    if (this.#busy !== null) return;
    await this.#run('keychain', async () =>
      this.#app.takeVault(await this.#app.client.call('vault.unlock', { passphrase: null })),
    );
  }

  /** Looks whether the vault is in order by now. */
  async lookAgain(): Promise<void> {
    await this.#run('status', async () =>
      this.#app.takeVault(await this.#app.client.call('vault.status', {})),
    );
  }

  /** The second copy takes the place of the damaged file; then the vault is to be opened as usual. */
  async restoreCopy(): Promise<void> {
    await this.#run('restore', async () =>
      this.#app.takeVault(await this.#app.client.call('vault.restoreCopy', {})),
    );
  }

  async #run(what: Work, work: () => Promise<void>): Promise<void> {
    this.#busy = what;
    this.#problem = null;
    this.#wrongPassphrase = null;
    try {
      await work();
    } catch (error) {
      if (errorCode(error) === 'WRONG_PASSPHRASE') this.#wrongPassphrase = sentences(error);
      else this.#problem = error;
    } finally {
      this.#busy = null;
    }
  }
}

function sentences(error: unknown): string {
  const { message, hint } = toPlainError(error);
  return hint === undefined ? message : `${message} ${hint}`;
}
