// Who wants to know what happens to the vault. By the time they are told it has happened, so that one who throws must
// not make it look undone: that is reported as a warning of the process (stderr, or its 'warning' event), and no more.

import { toPlainError } from '../../shared/errors.ts';

export type VaultEvent = 'locked' | 'unlocked' | 'changed';

export class VaultListeners {
  readonly #listeners = new Set<(why: VaultEvent) => void>();

  /** Returns what ends the listening. */
  add(listener: (why: VaultEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells everybody who listens now. Never throws. */
  tell(why: VaultEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(why);
      } catch (error) {
        process.emitWarning(`Somebody who listens to the vault failed: ${toPlainError(error).message}`);
      }
    }
  }
}
