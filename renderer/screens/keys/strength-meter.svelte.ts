// Asks how strong something is while it is being typed: once the typing rests, one question at a time, and only the newest answer
// counts. Keeps nothing of what was typed once the question is asked.

import type { KeyStrength } from '../../../shared/keys.ts';
import type { Client } from '../../transport/client.ts';

const RESTS_MS = 250;

export class StrengthMeter {
  readonly #client: Pick<Client, 'call'>;
  #strength = $state.raw<KeyStrength | null>(null);
  #isMeasuring = $state(false);
  #timer: ReturnType<typeof setTimeout> | null = null;
  #turn = 0;

  constructor(client: Pick<Client, 'call'>) {
    this.#client = client;
  }

  /** Of what was typed last; null while there is nothing, or where it could not be measured. */
  get strength(): KeyStrength | null {
    return this.#strength;
  }

  get isMeasuring(): boolean {
    return this.#isMeasuring;
  }

  /** Call it with each change. */
  follow(typed: string): void {
    this.stop();
    if (typed === '') return;
    const turn = this.#turn;
    this.#isMeasuring = true;
    this.#timer = setTimeout(() => void this.#measure(typed, turn), RESTS_MS);
  }

  /** Forgets what was measured; an answer on its way is not taken. */
  stop(): void {
    this.#turn++;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isMeasuring = false;
    this.#strength = null;
  }

  async #measure(typed: string, turn: number): Promise<void> {
    this.#timer = null;
    let strength: KeyStrength | null;
    try {
      strength = await this.#client.call('keys.measure', { typed });
    } catch {
      strength = null; // a help while typing: whatever is wrong is told when the key is added
    }
    if (turn !== this.#turn) return;
    this.#strength = strength;
    this.#isMeasuring = false;
  }
}
