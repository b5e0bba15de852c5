// The Settings screen: each change takes effect at once; one that could not be saved shows as it was and says why.

import { toPlainError } from '../../../shared/errors.ts';
import type { InputOf } from '../../../shared/contract/index.ts';
import type { App } from '../../app/app.svelte.ts';

export class SettingsState {
  readonly #app: Pick<App, 'changeSettings' | 'settings'>;
  #problem = $state.raw<unknown>(null);

  constructor(app: Pick<App, 'changeSettings' | 'settings'>) {
    this.#app = app;
  }

  /** Why the last change was not saved; null where it was. */
  get problem(): unknown {
    return this.#problem;
  }

  async change(change: InputOf<'settings.change'>): Promise<void> {
    try {
      await this.#app.changeSettings(change);
      this.#problem = null;
    } catch (error) {
      this.#problem = toPlainError(error);
    }
  }
}
