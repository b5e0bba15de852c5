// What waits for its turn in watched folders: one thing after another, nothing twice. When too many files come at once, the folder
// is scanned instead of keeping them all.

export type WatchTask =
  | { readonly kind: 'scan'; readonly folder: string }
  | { readonly kind: 'unreachable'; readonly folder: string }
  | { readonly kind: 'file'; readonly folder: string; readonly path: string }
  | { readonly kind: 'gone'; readonly folder: string; readonly path: string }
  | { readonly kind: 'thin'; readonly folder: string };

export class WatchQueue {
  readonly #length: number;
  readonly #tasks = new Map<string, WatchTask>();
  /** Folders of files that found no place. */
  readonly #overflown = new Set<string>();
  /** Folders whose scheme is carried out once nothing else waits. */
  readonly #toThin = new Set<string>();
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(length: number) {
    this.#length = length;
  }

  /** 'bounded' where a scan finds the file as well. */
  addFile(path: string, folder: string, bound: 'bounded' | 'unbounded' = 'unbounded'): void {
    if (bound === 'bounded' && this.#tasks.size >= this.#length && !this.#tasks.has(`file ${path}`))
      this.#overflown.add(folder);
    else this.#add(`file ${path}`, { kind: 'file', path, folder });
  }

  addGone(path: string, folder: string): void {
    this.#add(`gone ${path}`, { kind: 'gone', path, folder });
  }

  /** What was to be looked at in it before is found by the scan, if it is still there. */
  addScan(folder: string): void {
    this.#add(`scan ${folder}`, { kind: 'scan', folder });
  }

  addUnreachable(folder: string): void {
    this.#add(`unreachable ${folder}`, { kind: 'unreachable', folder });
  }

  /** After all that came, so that a heap of backups is thinned out once. */
  addThin(folder: string): void {
    if (!this.#closed) this.#toThin.add(folder);
  }

  /** Waits for the next; null once it is closed, whatever still waits. */
  async next(): Promise<WatchTask | null> {
    for (;;) {
      if (this.#closed) return null;
      const [first] = this.#tasks;
      if (first !== undefined) {
        this.#tasks.delete(first[0]);
        return first[1];
      }
      if (this.#overflown.size > 0) {
        for (const folder of this.#overflown) this.addScan(folder);
        this.#overflown.clear();
        continue;
      }
      const [folder] = this.#toThin;
      if (folder !== undefined) {
        this.#toThin.delete(folder);
        return { kind: 'thin', folder };
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }

  close(): void {
    this.#closed = true;
    this.#tasks.clear();
    this.#toThin.clear();
    this.#wake?.();
  }

  /** A thing that waits already comes after all that was added meanwhile: a folder that is back is not noted as away afterwards. */
  #add(key: string, task: WatchTask): void {
    if (this.#closed) return;
    this.#tasks.delete(key);
    this.#tasks.set(key, task);
    this.#wake?.();
  }
}
