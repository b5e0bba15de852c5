// A passphrase that is being chosen: typed twice, measured while it is typed, and forgotten as soon as it is taken.

import type { KeyStrength } from '../../../shared/keys.ts';
import type { Client } from '../../transport/client.ts';
import { StrengthMeter } from '../keys/strength-meter.svelte.ts';

export class NewPassphrase {
  readonly #meter: StrengthMeter;
  #first = $state('');
  #second = $state('');
  #isUsable = $derived(this.#first !== '' && this.#first === this.#second);

  constructor(client: Pick<Client, 'call'>) {
    this.#meter = new StrengthMeter(client);
  }

  get first(): string {
    return this.#first;
  }

  set first(text: string) {
    this.#first = text;
    this.#meter.follow(text);
  }

  get second(): string {
    return this.#second;
  }

  set second(text: string) {
    this.#second = text;
  }

  /** Typed twice, and the same. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** The second one is no beginning of the first: it can only be a mistake. */
  get differs(): boolean {
    return this.#second !== '' && !this.#first.startsWith(this.#second);
  }

  get strength(): KeyStrength | null {
    return this.#meter.strength;
  }

  forget(): void {
    this.#first = '';
    this.#second = '';
    this.#meter.stop();
  }
}
