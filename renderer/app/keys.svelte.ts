// The keys of the vault as every screen needs them: their labels, states, and what each opens. Never a key itself.

import type { ListedKey } from '../../shared/keys.ts';
import { errorCode } from '../../shared/errors.ts';
import type { Client } from '../transport/client.ts';

export class Keys {
  readonly #client: Client;
  #list = $state.raw<readonly ListedKey[] | null>(null);
  #problem = $state.raw<unknown>(null);
  #byId = $derived(new Map((this.#list ?? []).map((key) => [key.id, key])));

  constructor(client: Client) {
    this.#client = client;
  }

  /** null while the vault is locked or not there. */
  get list(): readonly ListedKey[] | null {
    return this.#list;
  }

  /** Why the list could not be had, besides a vault that is locked or not there. */
  get problem(): unknown {
    return this.#problem;
  }

  get(keyId: string): ListedKey | null {
    return this.#byId.get(keyId) ?? null;
  }

  /** null where the vault is locked, or no longer has it. */
  labelOf(keyId: string): string | null {
    return this.#byId.get(keyId)?.label ?? null;
  }

  async load(): Promise<void> {
    try {
      this.#list = await this.#client.call('keys.list', {});
      this.#problem = null;
    } catch (error) {
      this.#list = null;
      const code = errorCode(error);
      this.#problem = code === 'NO_VAULT' || code === 'VAULT_LOCKED' ? null : error;
    }
  }

  forget(): void {
    this.#list = null;
  }
}
