// Why background work rests: a person's wish, sleep, or the battery. It goes on when the last reason is gone.

import type { PauseReason } from '../core/service/index.ts';

/** The one that is told where there are several comes first. */
const ORDER: readonly PauseReason[] = ['person', 'suspend', 'battery'];

export interface Worker {
  pauseWork(because: PauseReason): void;
  resumeWork(): void;
}

export class WorkPauses {
  readonly #worker: Worker;
  readonly #reasons = new Set<PauseReason>();

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  has(reason: PauseReason): boolean {
    return this.#reasons.has(reason);
  }

  add(reason: PauseReason): void {
    this.#reasons.add(reason);
    this.#apply();
  }

  remove(reason: PauseReason): void {
    if (this.#reasons.delete(reason)) this.#apply();
  }

  #apply(): void {
    const told = ORDER.find((reason) => this.#reasons.has(reason));
    if (told === undefined) this.#worker.resumeWork();
    else this.#worker.pauseWork(told);
  }
}
