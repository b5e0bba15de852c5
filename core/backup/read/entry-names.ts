// Names and sizes of what lies in a member, taken while it is verified: for an index of contents. Compact, because it
// crosses to another thread, and bounded, because an archive may hold any number of names of any length.

/** Of one backup, all members together. */
export const MAX_NAMED_ENTRIES = 200_000;
/** Of one member: its names as text. */
const MAX_NAME_CHARACTERS = 16 * 1024 * 1024;
/** A name that holds it is no file's name on any system. */
const SEPARATOR = '\0';

export interface NamedEntry {
  /** As stored in the archive. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** What crosses to the other thread. */
export interface EntryNames {
  /** Joined by a zero. */
  readonly names: string;
  readonly sizesBytes: Float64Array;
  /** False where more was in it than could be kept, or the reading ended at a damage. */
  readonly isComplete: boolean;
}

export class EntryNameList {
  readonly #limit: number;
  readonly #names: string[] = [];
  readonly #sizes: number[] = [];
  #characters = 0;
  #isFull = false;
  #leftOut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add({ name, sizeBytes }: NamedEntry): void {
    if (this.#isFull) return;
    this.#isFull = this.#names.length >= this.#limit || this.#characters + name.length > MAX_NAME_CHARACTERS;
    if (this.#isFull || name.includes(SEPARATOR)) {
      this.#leftOut = true;
      return;
    }
    this.#names.push(name);
    this.#sizes.push(sizeBytes);
    this.#characters += name.length;
  }

  /** `reachedEnd`: the member was read to its end. */
  pack(reachedEnd: boolean): EntryNames {
    return {
      names: this.#names.join(SEPARATOR),
      sizesBytes: Float64Array.from(this.#sizes),
      isComplete: reachedEnd && !this.#leftOut,
    };
  }
}

/** The first `limit` of them. */
export function unpackNames(packed: EntryNames, limit: number): NamedEntry[] {
  const count = Math.min(limit, packed.sizesBytes.length);
  if (count === 0) return [];
  const names = packed.names.split(SEPARATOR, count);
  return names.map((name, index) => ({ name, sizeBytes: packed.sizesBytes[index] ?? 0 }));
}
