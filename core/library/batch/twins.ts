// Copies of one backup that a batch rewrites: one after the other, and each is told where another one is that was rewritten before, so that
// they stay copies of one backup. The engine proves that it is one; here it is only found.

import type { Catalog } from '../../catalog/index.ts';

/** Files that may hold, rewritten, what the file at `path` holds now: those of contents that were made of its content. */
export function twinsOf(
  { replacements, copies }: Pick<Catalog, 'replacements' | 'copies'>,
  identity: string,
  path: string,
): string[] {
  const made = new Set<string>();
  const follow = (old: string): void => {
    for (const { newIdentity } of replacements.replacedBy(old)) {
      if (newIdentity === identity || made.has(newIdentity)) continue;
      made.add(newIdentity);
      follow(newIdentity);
    }
  };
  follow(identity);
  return [...made].flatMap((one) =>
    copies
      .byIdentity(one)
      .filter((copy) => copy.missingSince === null && copy.path !== path)
      .map((copy) => copy.path),
  );
}

/** Work of one name is done one after the other, work of different names side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
