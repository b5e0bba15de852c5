// What a scan found, put together for the report: every file once.

import type { PlainError } from '../../../shared/errors.ts';
import type { ScanReport } from '../../../shared/library.ts';
import type { ComparedFolder } from './compare-folder.ts';
import type { Finding } from './note-file.ts';

type Lists = {
  -readonly [Name in keyof ScanReport]: ScanReport[Name] extends readonly (infer Item)[] ? Item[] : never;
};

export class ScanTally {
  readonly #folders: Lists['folders'] = [];
  readonly #added: string[] = [];
  readonly #moved: Lists['moved'] = [];
  readonly #copies: string[] = [];
  readonly #changed: string[] = [];
  readonly #returned: string[] = [];
  readonly #missing: string[] = [];
  readonly #unreadable: Lists['unreadable'] = [];
  #unchangedCount = 0;
  #inspectedCount = 0;

  addCompared({ unchanged, returned, unreadable }: ComparedFolder): void {
    this.#unchangedCount += unchanged.length;
    this.#returned.push(...returned);
    this.#unreadable.push(...unreadable);
  }

  addFinding(finding: Finding): void {
    const { path, kind } = finding;
    if (kind === 'vanished') return;
    this.#inspectedCount++;
    if (kind === 'unchanged') this.#unchangedCount++;
    else if (kind === 'moved') this.#moved.push({ from: finding.from, to: path });
    else if (kind === 'unreadable') this.#unreadable.push({ path, error: finding.error });
    else this.#listOf(kind).push(path);
  }

  addFolder(path: string, problem: PlainError | null, missing: readonly string[]): void {
    this.#folders.push({ path, problem });
    this.#missing.push(...missing);
  }

  report(): Omit<ScanReport, 'durationMs'> {
    return {
      folders: this.#folders,
      unchangedCount: this.#unchangedCount,
      added: this.#added.sort(),
      moved: this.#moved.sort((a, b) => (a.to < b.to ? -1 : 1)),
      copies: this.#copies.sort(),
      changed: this.#changed.sort(),
      returned: this.#returned.sort(),
      missing: this.#missing.sort(),
      unreadable: this.#unreadable.sort((a, b) => (a.path < b.path ? -1 : 1)),
      inspectedCount: this.#inspectedCount,
    };
  }

  #listOf(kind: 'added' | 'copy' | 'changed' | 'returned'): string[] {
    if (kind === 'added') return this.#added;
    if (kind === 'copy') return this.#copies;
    return kind === 'changed' ? this.#changed : this.#returned;
  }
}
