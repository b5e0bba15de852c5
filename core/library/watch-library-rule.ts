// What is done with one file that came into a watched folder: it is taken in, verified, migrated, as the folder's rule says. Each of
// it once for each content: neither what the migration itself writes nor a second notice starts it again.

import { basename } from 'node:path';

import type { ErrorCode, PlainError } from '../../shared/errors.ts';
import type { WatchEvent, WatchRule } from '../../shared/library.ts';
import type { FailureLog } from './watch-library-failures.ts';
import type { TakenIn, WatchLibraryDeps } from './watch-library.ts';

type Tell = (kind: WatchEvent['kind'], folder: string, path: string, message: string) => void;

/** How far a content in one file has come. */
interface Progress {
  isTold: boolean;
  isVerified: boolean;
  isDone: boolean;
}

export class RuleRun {
  readonly #deps: Pick<WatchLibraryDeps, 'takeIn' | 'verify' | 'migrate'>;
  readonly #failures: FailureLog;
  readonly #ending: AbortSignal;
  readonly #tell: Tell;
  /** Content → file → how far it has come. */
  readonly #progress = new Map<string, Map<string, Progress>>();

  /** @param ending once it is aborted no other step is begun */
  constructor(
    deps: Pick<WatchLibraryDeps, 'takeIn' | 'verify' | 'migrate'>,
    failures: FailureLog,
    ending: AbortSignal,
    tell: Tell,
  ) {
    this.#deps = deps;
    this.#ending = ending;
    this.#failures = failures;
    this.#tell = tell;
  }

  /**
   * well: all of it was done just now; through: nothing is left to be done with it; left: something is, once what keeps it from being
   * done has changed.
   * @throws what `migrate` and `verify` throw
   */
  async run(
    path: string,
    folder: string,
    rule: WatchRule,
    signal: AbortSignal,
  ): Promise<'well' | 'through' | 'left'> {
    const taken = await this.#takeIn(path, folder, signal);
    if (taken === null) return signal.aborted ? 'left' : 'through';
    const progress = this.#progressOf(path, taken);
    if (progress.isDone && progress.isTold) return 'through';
    if (!progress.isTold) {
      this.#tell('arrived', folder, path, `${named(path)} has come.`);
      this.#tell('taken-in', folder, path, `${named(path)} ${WORDS[taken.state]}`);
      progress.isTold = true;
    }
    if (progress.isDone) return 'through';
    if (this.#ending.aborted) return 'left';
    const isThrough =
      (await this.#verify(path, folder, rule, progress, signal)) &&
      !this.#isCutShort(rule) &&
      (await this.#migrate(path, folder, rule, signal));
    if (isThrough) {
      progress.isDone = true;
      this.#failures.forget(path);
      return 'well';
    }
    return standing(progress);
  }

  #isCutShort({ migrate }: WatchRule): boolean {
    return migrate !== null && this.#ending.aborted;
  }

  async #takeIn(path: string, folder: string, signal: AbortSignal): Promise<Readable | null> {
    try {
      const taken = await this.#deps.takeIn(path, signal);
      const { state } = taken;
      if (state === 'vanished') return null;
      if (state !== 'unreadable') return { ...taken, state };
      this.#failures.add(folder, path, taken.error ?? UNREADABLE, 'unreadable');
    } catch (error) {
      if (!signal.aborted) this.#failures.addUnread(folder, path, error);
    }
    return null;
  }

  /** false: no further. */
  async #verify(
    path: string,
    folder: string,
    rule: WatchRule,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (rule.verify === 'none' || progress.isVerified) return true;
    const { status, message, error } = await this.#deps.verify(path, rule.verify, signal);
    if (status === 'good') {
      this.#tell('verified', folder, path, `${named(path)}: ${message}`);
      progress.isVerified = true;
      return true;
    }
    if (signal.aborted || (status === 'not-started' && error === null)) return false; // its job was paused
    // Where the content is at fault nothing changes before the file does.
    progress.isDone = status === 'damaged' || status === 'truncated' || status === 'unsupported';
    this.#failures.add(folder, path, error ?? { code: STATUS_CODES[status], message });
    return false;
  }

  /** false: no further. */
  async #migrate(path: string, folder: string, rule: WatchRule, signal: AbortSignal): Promise<boolean> {
    if (rule.migrate === null) return true;
    const { outcome, message, error } = await this.#deps.migrate(path, rule.migrate.originals, signal);
    if (outcome === 'nothing-to-do') return true;
    if (outcome === 'done') {
      this.#tell('migrated', folder, path, `${named(path)}: ${message}`);
      await this.#leaveAlone(path, folder, signal);
      return true;
    }
    const isPaused = outcome === 'not-started' && error === null;
    if (!signal.aborted && !isPaused)
      this.#failures.add(folder, path, error ?? { code: 'IO_FAILED', message });
    return false;
  }

  /** What was just written was read back and compared: nothing of the rule is left to be done with it. */
  async #leaveAlone(path: string, folder: string, signal: AbortSignal): Promise<void> {
    const taken = await this.#takeIn(path, folder, signal);
    if (taken !== null)
      Object.assign(this.#progressOf(path, taken), { isTold: true, isVerified: true, isDone: true });
  }

  #progressOf(path: string, { contentKey, state }: Readable): Progress {
    const begun = { isTold: false, isVerified: false, isDone: false };
    if (contentKey === null) return begun;
    const files = this.#progress.get(contentKey) ?? new Map<string, Progress>();
    this.#progress.set(contentKey, files);
    const [other] = state === 'moved' ? files.values() : [];
    const progress = files.get(path) ?? { ...begun, ...other, isTold: false };
    files.set(path, progress);
    return progress;
  }
}

function standing({ isDone }: Progress): 'through' | 'left' {
  return isDone ? 'through' : 'left';
}

type Readable = TakenIn & { readonly state: keyof typeof WORDS };

const WORDS = {
  added: 'is in the library now.',
  changed: 'holds another backup than before, and is in the library now.',
  copy: 'is another copy of a backup that is in the library.',
  moved: 'was in the library under another name.',
  returned: 'is back.',
  unchanged: 'was in the library before.',
};

const STATUS_CODES: Readonly<
  Record<'locked' | 'damaged' | 'truncated' | 'unsupported' | 'unreadable' | 'not-started', ErrorCode>
> = {
  locked: 'WRONG_KEY',
  damaged: 'DAMAGED_PAYLOAD',
  truncated: 'TRUNCATED',
  unsupported: 'UNSUPPORTED_VERSION',
  unreadable: 'IO_FAILED',
  'not-started': 'BUSY',
};

const UNREADABLE: PlainError = { code: 'IO_FAILED', message: 'The file could not be read.' };

function named(path: string): string {
  return `“${basename(path)}”`;
}
