// Which rows of a table are selected, by their keys, whether they are shown at the moment or not.

export class Selection {
  #keys = $state.raw<ReadonlySet<string>>(new Set());

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  toggle(key: string): void {
    const keys = new Set(this.#keys);
    if (!keys.delete(key)) keys.add(key);
    this.#keys = keys;
  }

  set(keys: Iterable<string>): void {
    this.#keys = new Set(keys);
  }

  add(keys: Iterable<string>): void {
    this.#keys = new Set([...this.#keys, ...keys]);
  }

  clear(): void {
    if (this.#keys.size > 0) this.#keys = new Set();
  }
}
