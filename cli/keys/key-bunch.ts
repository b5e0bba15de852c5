// The keys of one run, with the names they have in reports. It owns their bytes and wipes them at the end.

import type { BackupKey } from '../engine.ts';

export class KeyBunch {
  readonly #keys: BackupKey[] = [];

  get keys(): readonly BackupKey[] {
    return this.#keys;
  }

  get labels(): string[] {
    return this.#keys.map((key) => key.label);
  }

  /** Takes over the password's bytes. The same key twice is kept once, under its first name. */
  add(label: string, password: Buffer): void {
    if (this.#keys.some((key) => key.password.equals(password))) {
      password.fill(0);
      return;
    }
    this.#keys.push({ label: this.#unused(label), password });
  }

  /** Zeroes every key and forgets it. */
  wipe(): void {
    for (const key of this.#keys) key.password.fill(0);
    this.#keys.length = 0;
  }

  #unused(label: string): string {
    const taken = new Set(this.labels);
    let free = label;
    for (let count = 2; taken.has(free); count++) free = `${label} (${count})`;
    return free;
  }
}
