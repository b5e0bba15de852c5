// window.json in the data folder: where the window was. It is a convenience: what cannot be read is as if it were not there, and what
// cannot be written is said in the log.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Rectangle } from 'electron';
import * as v from 'valibot';

import type { Log } from '../core/service/index.ts';

const NAME = 'window.json';
const FARTHEST = 100_000;

const POSITION = v.pipe(v.number(), v.integer(), v.minValue(-FARTHEST), v.maxValue(FARTHEST));
const LENGTH = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(FARTHEST));
const MEMORY = v.object({
  bounds: v.object({ x: POSITION, y: POSITION, width: LENGTH, height: LENGTH }),
  isMaximized: v.boolean(),
});

export interface RememberedWindow {
  /** While it is not maximized. */
  readonly bounds: Rectangle;
  readonly isMaximized: boolean;
}

export class WindowMemory {
  readonly #path: string;
  readonly #log: Log;

  constructor(dataFolder: string, log: Log) {
    this.#path = join(dataFolder, NAME);
    this.#log = log;
  }

  /** null where nothing that makes sense is remembered. */
  recall(): RememberedWindow | null {
    try {
      return v.parse(MEMORY, JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.info('window', 'What was remembered of the window was not understood.');
      return null;
    }
  }

  remember(window: RememberedWindow): void {
    const partial = `${this.#path}.partial`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(partial, `${JSON.stringify(window)}\n`, { mode: 0o600 });
      renameSync(partial, this.#path);
    } catch (error) {
      this.#log.failure('window', 'The place of the window could not be remembered', error);
    }
  }
}
