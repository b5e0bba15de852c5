// Glob patterns on entry names. Not node:path's matchesGlob: there `*` passes over names that begin with a dot,
// and Home Assistant keeps half of its life in `.storage`. Linear in the name, whatever a hostile archive calls it.

import { StrongroomError } from '../../../shared/errors.ts';
import { entryParts } from '../read/entry-name.ts';

const ANY_PARTS = '**';

/**
 * Whether a glob selects an entry. Case matters. `*` is any part of one component, `?` one character of it, `**` as
 * a component any number of components; everything else is itself. A pattern without a slash is looked for at every
 * depth, one with a slash (also only at its beginning) from the top. What names a folder selects everything in it.
 * @throws USAGE for a pattern that names nothing
 */
export function matchesPattern(pattern: string, name: string): boolean {
  return matchesParts(compile(pattern), entryParts(name));
}

/** Several patterns of one task, which remember whether they were of any use. No patterns select everything. */
export class EntryPatterns {
  readonly #patterns: { readonly text: string; readonly parts: readonly string[]; used: boolean }[];

  /** @throws USAGE for a pattern that names nothing */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((text) => ({ text, parts: compile(text), used: false }));
  }

  /** Patterns that have selected nothing so far. */
  get unused(): string[] {
    return this.#patterns.filter(({ used }) => !used).map(({ text }) => text);
  }

  select(name: string): boolean {
    if (this.#patterns.length === 0) return true;
    const parts = entryParts(name);
    let selected = false;
    for (const pattern of this.#patterns) {
      if (selected && pattern.used) continue;
      if (!matchesParts(pattern.parts, parts)) continue;
      pattern.used = true;
      selected = true;
    }
    return selected;
  }
}

function compile(pattern: string): string[] {
  const parts = entryParts(pattern);
  if (parts.length === 0) {
    throw new StrongroomError('USAGE', `“${pattern}” is no pattern: it names nothing.`, {
      hint: 'Give something like “secrets.yaml”, “data/*.yaml” or “data/.storage”.',
    });
  }
  const fromTheTop = pattern.replace(/\/+$/, '').includes('/');
  return [...(fromTheTop ? [] : [ANY_PARTS]), ...parts, ANY_PARTS];
}

function matchesParts(pattern: readonly string[], parts: readonly string[]): boolean {
  return matchSequence(pattern, parts, ANY_PARTS, matchesComponent);
}

function matchesComponent(pattern: string, part: string): boolean {
  return matchSequence(
    Array.from(pattern),
    Array.from(part),
    '*',
    (one, character) => one === '?' || one === character,
  );
}

/**
 * Wildcard matching that goes back only to the last `any`: what an earlier one could still take, the last one can
 * take as well.
 */
function matchSequence(
  pattern: readonly string[],
  items: readonly string[],
  any: string,
  matchesOne: (pattern: string, item: string) => boolean,
): boolean {
  let at = 0;
  let lastAny = -1;
  let takenByAny = 0;
  let index = 0;
  while (index < items.length) {
    const wanted = pattern[at];
    const item = items[index] ?? '';
    if (wanted === any) {
      lastAny = at++;
      takenByAny = index;
    } else if (wanted !== undefined && matchesOne(wanted, item)) {
      at++;
      index++;
    } else if (lastAny !== -1) {
      at = lastAny + 1;
      index = ++takenByAny;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((rest) => rest === any);
}
