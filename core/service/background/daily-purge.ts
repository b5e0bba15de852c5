// What schemes put into quarantine is deleted when its days are over: looked for at the start and once a day.

import { errorCode } from '../../../shared/errors.ts';
import type { LibraryDesk } from '../../library/index.ts';
import type { Log } from '../log.ts';

const EVERY_MS = 24 * 60 * 60 * 1000;

export interface DailyPurgeOptions {
  readonly desk: Pick<LibraryDesk, 'purgeRemoved'>;
  readonly mayBegin: () => boolean;
  readonly log: Log;
}

export class DailyPurge {
  readonly #options: DailyPurgeOptions;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DailyPurgeOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#purge(), EVERY_MS).unref();
    void this.#purge();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Never rejects. */
  async #purge(): Promise<void> {
    const { desk, mayBegin, log } = this.#options;
    if (!mayBegin()) return;
    try {
      const { length } = await desk.purgeRemoved();
      if (length > 0)
        log.info(
          'scheme',
          `${length} ${length === 1 ? 'file' : 'files'} left the quarantine: the days were over.`,
        );
    } catch (error) {
      if (errorCode(error) !== 'BUSY')
        log.failure('scheme', 'The quarantine could not be looked through', error);
    }
  }
}
