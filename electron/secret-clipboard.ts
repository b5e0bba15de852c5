// A key on the clipboard, and off it again. Managers of the clipboard are asked not to keep it. Of the key only a digest stays here, to
// see whether something else is on the clipboard by then.

import { createHash } from 'node:crypto';

import { clipboard, ClipboardItem } from 'electron';

import type { Log } from '../core/service/index.ts';
import { StrongroomError } from '../shared/errors.ts';

/** What each system's managers look for: Microsoft's and KDE's documentation, nspasteboard.org. */
const PRIVATE_MARKS: Readonly<Partial<Record<NodeJS.Platform, { format: string; value: string }>>> = {
  win32: { format: 'ExcludeClipboardContentFromMonitorProcessing', value: '1' },
  darwin: { format: 'org.nspasteboard.ConcealedType', value: '1' },
  linux: { format: 'x-kde-passwordManagerHint', value: 'secret' },
};

export class SecretClipboard {
  readonly #platform: NodeJS.Platform;
  readonly #log: Log;
  #digest: string | null = null;
  #clearing: NodeJS.Timeout | null = null;

  constructor(platform: NodeJS.Platform, log: Log) {
    this.#platform = platform;
    this.#log = log;
  }

  /** @throws IO_FAILED where the system's clipboard does not take it */
  async copy(secret: string, clearAfterMs: number): Promise<void> {
    if (this.#clearing !== null) clearTimeout(this.#clearing);
    this.#digest = digestOf(secret);
    this.#clearing = setTimeout(() => void this.clear(), clearAfterMs);
    try {
      await this.#write(secret);
    } catch (error) {
      this.#log.failure('clipboard', 'A key could not be copied', error);
      throw new StrongroomError('IO_FAILED', 'The clipboard did not take the key.', {
        hint: 'Try again, or show the key and copy it from there.',
      });
    }
  }

  /** Now, also at the end of the program. What somebody else put there stays. */
  async clear(): Promise<void> {
    if (this.#clearing !== null) clearTimeout(this.#clearing);
    this.#clearing = null;
    const digest = this.#digest;
    this.#digest = null;
    if (digest === null) return;
    await this.#attempt('The clipboard could not be cleared', async () => {
      if (digestOf(await clipboard.readText()) === digest) clipboard.clear();
    });
  }

  async #write(secret: string): Promise<void> {
    const mark = PRIVATE_MARKS[this.#platform];
    if (mark === undefined) return clipboard.writeText(secret);
    const item = new ClipboardItem({
      'text/plain': secret,
      [`electron application/osclipboard;format="${mark.format}"`]: mark.value,
    });
    try {
      await clipboard.write([item]);
    } catch (error) {
      this.#log.failure(
        'clipboard',
        'The clipboard does not take the mark that keeps keys out of histories',
        error,
      );
      await clipboard.writeText(secret);
    }
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.failure('clipboard', what, error);
    }
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
