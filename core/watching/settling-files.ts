// Files of which something was heard, until they stand still: looked at once when heard of, and again a settle time later; what
// is the same both times stands still. One timer for all of them, few looks at a time, however many files come at once.
// A path that is being written for an hour costs one look per settle time.

import { isSameStamp, lookAt, lookInto, type FileStamp, type Inodes, type Look } from './file-stamp.ts';

const PARALLEL_LOOKS = 16;
/** A file that cannot be opened is told of after so many settle times all the same: its reader says what is wrong. */
const REFUSALS = 10;
/** Of a file that does not even let itself be looked at. */
const UNREADABLE: FileStamp = { sizeBytes: -1, mtimeNs: 0n, ctimeNs: 0n, inode: 0n, device: 0n };

export interface SettlingOptions {
  readonly settleMs: number;
  /** What was told of last; a file that is still the same is not told of again. Kept up to date here. */
  readonly known: Map<string, FileStamp>;
  readonly inodes: () => Inodes;
  readonly onStill: (path: string) => void | Promise<void>;
  /** Whether a file that is not there is truly gone; false where its folder is away. */
  readonly confirmGone: (path: string, last: FileStamp) => Promise<boolean>;
  readonly onGone: (path: string) => void;
}

interface Waiting {
  readonly seen: Look;
  readonly dueAt: number;
  readonly refusals: number;
}

export class SettlingFiles {
  readonly #options: SettlingOptions;
  /** Heard of, not looked at yet. */
  readonly #heard = new Set<string>();
  /** All wait equally long, so the first is due first. */
  readonly #waiting = new Map<string, Waiting>();
  /** Being looked at now. */
  readonly #looking = new Set<string>();
  /** Told of, and the one who was told is not done. */
  readonly #busy = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  /** What was looked at before the last `clear` says nothing about what is there now. */
  #epoch = 0;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** Something may have happened to the file at `path`. */
  hear(path: string): void {
    if (this.#waiting.has(path)) return;
    this.#heard.add(path);
    this.#pump();
  }

  /** Forgets all that was heard; nothing of it is told any more. */
  clear(): void {
    this.#epoch++;
    this.#heard.clear();
    this.#waiting.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #pump(): void {
    while (this.#looking.size < PARALLEL_LOOKS) {
      const next = this.#takeHeard() ?? this.#takeDue();
      if (next === null) break;
      const { path, waiting } = next;
      this.#looking.add(path);
      void this.#look(path, waiting).finally(() => {
        this.#looking.delete(path);
        this.#pump();
      });
    }
    this.#arm();
  }

  #takeHeard(): { path: string; waiting: Waiting | null } | null {
    for (const path of this.#heard) {
      if (this.#looking.has(path)) continue;
      this.#heard.delete(path);
      return { path, waiting: null };
    }
    return null;
  }

  #takeDue(): { path: string; waiting: Waiting } | null {
    for (const [path, waiting] of this.#waiting) {
      if (waiting.dueAt > performance.now()) return null;
      if (this.#looking.has(path)) continue;
      this.#waiting.delete(path);
      return { path, waiting };
    }
    return null;
  }

  #arm(): void {
    if (this.#timer !== null || this.#looking.size >= PARALLEL_LOOKS) return;
    const first = this.#waiting.values().next().value;
    if (first === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#pump();
      },
      Math.max(1, Math.ceil(first.dueAt - performance.now())),
    );
  }

  async #look(path: string, waiting: Waiting | null): Promise<void> {
    const epoch = this.#epoch;
    const { known, inodes } = this.#options;
    const found = await lookAt(path, inodes());
    if (epoch !== this.#epoch) return;
    const last = known.get(path);
    if (found.kind === 'other' || (found.kind === 'absent' && last === undefined)) return;
    if (found.kind === 'file' && last !== undefined && isSameStamp(found.stamp, last)) return;
    if (found.kind === 'refused' && last !== undefined) return;
    if (waiting === null || !isSame(found, waiting.seen)) return this.#wait(path, found, 0);
    if (found.kind === 'absent') return this.#tellGone(path, last!, epoch);
    if (this.#busy.has(path)) return this.#wait(path, found, 0);
    const inside = await lookInto(path, inodes());
    if (epoch !== this.#epoch) return;
    if (inside.kind === 'refused' && waiting.refusals < REFUSALS)
      return this.#wait(path, found, waiting.refusals + 1);
    if (inside.kind !== 'refused' && !isSame(inside, found)) return this.#wait(path, inside, 0);
    known.set(path, found.kind === 'file' ? found.stamp : UNREADABLE);
    this.#tellStill(path);
  }

  #wait(path: string, seen: Look, refusals: number): void {
    this.#waiting.set(path, { seen, refusals, dueAt: performance.now() + this.#options.settleMs });
  }

  #tellStill(path: string): void {
    const running = this.#options.onStill(path);
    if (running === undefined) return;
    this.#busy.add(path);
    void running.finally(() => this.#busy.delete(path));
  }

  async #tellGone(path: string, last: FileStamp, epoch: number): Promise<void> {
    const gone = await this.#options.confirmGone(path, last);
    if (!gone || epoch !== this.#epoch) return;
    this.#options.known.delete(path);
    this.#options.onGone(path);
  }
}

function isSame(a: Look, b: Look): boolean {
  if (a.kind !== 'file' || b.kind !== 'file') return a.kind === b.kind;
  return isSameStamp(a.stamp, b.stamp);
}
