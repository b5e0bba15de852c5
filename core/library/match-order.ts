// Which backup is tried next when a thread gets free. What opens one tells what opens its neighbours, so work goes on
// where that is known, and threads keep apart: two next to each other would make the same wrong guess.

import type { BackupFacts, Opening } from '../catalog/index.ts';
import { timeBetween } from './rank-keys.ts';

interface Waiting<T extends BackupFacts> {
  readonly backup: T;
  /** To the nearest backup of its installation of which it is known what opens it; milliseconds. */
  nearestKnown: number;
}

export class MatchOrder<T extends BackupFacts> {
  readonly openings: Opening[];
  readonly #waiting: Waiting<T>[];
  readonly #running = new Set<T>();

  constructor(backups: readonly T[], openings: readonly Opening[]) {
    this.openings = [...openings];
    this.#waiting = backups.map((backup) => ({
      backup,
      nearestKnown: Math.min(
        Infinity,
        ...openings
          .filter((opening) => isOneInstance(backup, opening))
          .map((opening) => timeBetween(backup, opening)),
      ),
    }));
  }

  /** Takes the next one out; null when none waits. */
  next(): T | null {
    const chosen = this.#cheapest() ?? this.#bestKnown() ?? this.#mostRemote();
    if (chosen === null) return null;
    this.#waiting.splice(this.#waiting.indexOf(chosen), 1);
    this.#running.add(chosen.backup);
    return chosen.backup;
  }

  /** Notes that a backup is done and what opens it, so that the following choices profit. */
  settle(backup: T, keyIds: readonly string[]): void {
    this.#running.delete(backup);
    if (keyIds.length === 0) return;
    const { date, instanceId } = backup;
    this.openings.push({ date, instanceId, keyIds });
    for (const waiting of this.#waiting) {
      if (!isOneInstance(waiting.backup, backup)) continue;
      waiting.nearestKnown = Math.min(waiting.nearestKnown, timeBetween(waiting.backup, backup));
    }
  }

  /** Old formats cost one block of AES a key: they are the cheapest way to learn something. */
  #cheapest(): Waiting<T> | null {
    return (
      this.#waiting.find(({ backup }) => backup.encryptedParts.every(({ variant }) => variant !== 'v3')) ??
      null
    );
  }

  /** The nearest to something known, unless a nearer one is being tried just now. */
  #bestKnown(): Waiting<T> | null {
    let best: Waiting<T> | null = null;
    for (const waiting of this.#waiting) {
      if (waiting.nearestKnown >= (best?.nearestKnown ?? Infinity)) continue;
      if (waiting.nearestKnown < this.#nearestRunning(waiting.backup)) best = waiting;
    }
    return best;
  }

  /** The farthest from everything that is being tried; the newest where nothing is, whose key is the likeliest to be there. */
  #mostRemote(): Waiting<T> | null {
    let best: Waiting<T> | null = null;
    let bestDistance = -1;
    for (const waiting of this.#waiting) {
      const distance = this.#nearestRunning(waiting.backup);
      const isNewer = (waiting.backup.date ?? '') > (best?.backup.date ?? '');
      if (distance < bestDistance || (distance === bestDistance && !isNewer)) continue;
      best = waiting;
      bestDistance = distance;
    }
    return best;
  }

  #nearestRunning(backup: T): number {
    let nearest = Infinity;
    for (const running of this.#running)
      if (isOneInstance(backup, running)) nearest = Math.min(nearest, timeBetween(backup, running));
    return nearest;
  }
}

function isOneInstance(a: Pick<BackupFacts, 'instanceId'>, b: Pick<BackupFacts, 'instanceId'>): boolean {
  return a.instanceId === b.instanceId;
}
