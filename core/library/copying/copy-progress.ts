// How far one copy is, for the person who waits: what is written, read back and verified counts alike.

import type { JobItemContext } from '../../jobs/index.ts';

/** Copying, reading back and verifying, each a third of the work. */
export class CopyProgress {
  readonly signal: AbortSignal;
  readonly #sizeBytes: number;
  readonly #tell: JobItemContext['onProgress'];
  #passedBytes = 0;

  constructor(sizeBytes: number, { signal, onProgress }: JobItemContext) {
    this.signal = signal;
    this.#sizeBytes = sizeBytes;
    this.#tell = onProgress;
  }

  readonly onBytes = (bytes: number): void => {
    this.#passedBytes += bytes;
    this.#show(this.#passedBytes);
  };

  readonly onProgress = (doneBytes: number, totalBytes: number): void => {
    const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
    this.#show((2 + share) * this.#sizeBytes);
  };

  #show(bytes: number): void {
    const total = 3 * this.#sizeBytes;
    this.#tell(Math.min(Math.round(bytes), total), total);
  }
}
