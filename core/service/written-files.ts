// Files that were written because a window asked for it: they may be shown to the person, wherever they lie.

import { resolve } from 'node:path';

export class WrittenFiles {
  readonly #paths = new Set<string>();

  add(path: string): void {
    this.#paths.add(resolve(path));
  }

  has(path: string): boolean {
    return this.#paths.has(resolve(path));
  }
}
