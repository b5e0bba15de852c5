// Who hears of events. What a listener throws reaches the log and no other listener.

import type { StrongroomEvent } from '../../shared/contract/index.ts';
import type { Log } from './log.ts';

export type EventListener = (event: StrongroomEvent) => void;

export class EventListeners {
  readonly #listeners = new Set<EventListener>();
  readonly #log: Log;
  /** For the first window, as long as that is not there. */
  #waiting: StrongroomEvent[] | null = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** Returns what ends the listening. */
  add(listener: EventListener): () => void {
    const own: EventListener = (event) => listener(event); // one who listens twice is told twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  readonly tell: EventListener = (event) => {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#log.failure('event', `A listener failed at “${event.kind}”`, error);
      }
    }
  };

  /** What asks something of a window waits for the first one. */
  askWindow(event: StrongroomEvent): void {
    if (this.#waiting === null) this.tell(event);
    else this.#waiting.push(event);
  }

  windowHasBegun(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const event of waiting) this.tell(event);
  }
}
