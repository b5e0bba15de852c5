// One key that is shown for a while after a confirmation. It hides by itself when the time is up; whoever shows it hides it when the
// window is out of sight or the dialog ends. Nothing of it stays in this object then.

import type { Client } from '../../transport/client.ts';

export const SHOWN_SECONDS = 60;

export class ShownKey {
  readonly #client: Pick<Client, 'call'>;
  readonly #keyId: string;
  #key = $state.raw<string | null>(null);
  #secondsLeft = $state(0);
  #wasShown = $state(false);
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(client: Pick<Client, 'call'>, keyId: string) {
    this.#client = client;
    this.#keyId = keyId;
  }

  /** null while it is hidden. */
  get key(): string | null {
    return this.#key;
  }

  get secondsLeft(): number {
    return this.#secondsLeft;
  }

  /** It was shown and is hidden again. */
  get isOver(): boolean {
    return this.#wasShown && this.#key === null;
  }

  /** @throws as keys.reveal */
  async show(): Promise<void> {
    const { key } = await this.#client.call('keys.reveal', { keyId: this.#keyId });
    this.hide();
    this.#key = key;
    this.#wasShown = true;
    this.#secondsLeft = SHOWN_SECONDS;
    const until = Date.now() + SHOWN_SECONDS * 1000; // a timer stands still while the computer sleeps
    this.#timer = setInterval(() => {
      this.#secondsLeft = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      if (this.#secondsLeft === 0) this.hide();
    }, 1000);
  }

  hide(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#key = null;
    this.#secondsLeft = 0;
  }
}
