// What the service asks of the work that goes on by itself: watched folders, due verifications, and the jobs in hand.

import type { WatchState } from '../../shared/window.ts';

export type PauseReason = 'suspend' | 'battery' | 'person';

/** What is in hand: jobs that run or wait. */
export interface WorkInHand {
  readonly jobCount: number;
  /** From 0 to 1, by bytes; null where that cannot be said. */
  readonly progress: number | null;
}

export interface BackgroundWork {
  start(): void;
  /** Resolves when the jobs that an end left were put in order; never rejects. */
  readonly recovered: Promise<unknown>;
  pause(because: PauseReason): void;
  resume(): void;
  watchState(): WatchState;
  /** Also after a rule of a folder was changed. */
  settingsChanged(): void;
  /** Somebody changed what is known of these contents; null: of any. Told to all windows within a second. */
  noteLibraryChange(identities: readonly string[] | null): void;
  workInHand(): WorkInHand;
  /** finish: resolves when nothing is in hand any more; pause: once the files in work are done. */
  endWork(how: 'finish' | 'pause'): Promise<void>;
  close(): Promise<void>;
}
