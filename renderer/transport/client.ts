// The one way from the interface to the engine. A client asks and listens; what carries it (the bridge of the desktop window or
// a socket) is behind `Transport`, and no screen can tell which.

import type { AnswerOf, CallName, InputOf, Reply, StrongroomEvent } from '../../shared/contract/index.ts';
import { fromPlainError } from '../../shared/errors.ts';
import type { TakenIn } from '../../shared/window.ts';

/** What carries calls and events. */
export interface Transport {
  /** Never rejects for what the engine answers. @throws IO_FAILED the program does not answer */
  invoke(name: string, input: unknown): Promise<Reply>;
  /** One listener for all events. */
  subscribe(listener: (event: StrongroomEvent) => void): () => void;
  /** 'back': events were missed, so everything has to be asked again. */
  watchConnection(listener: (state: Connection) => void): () => void;
  /** Takes in what was dropped, by its path or by its bytes. */
  takeIn(files: readonly File[], told: UploadTold): Promise<TakenIn>;
}

export type Connection = 'away' | 'back';

export interface UploadTold {
  readonly signal?: AbortSignal;
  /** Bytes of all files that were sent; never called where paths are enough. */
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
}

export type EventKind = StrongroomEvent['kind'];
export type EventOf<K extends EventKind> = Extract<StrongroomEvent, { readonly kind: K }>;

export class Client {
  readonly #transport: Transport;
  readonly #listeners = new Map<EventKind, Set<(event: never) => void>>();

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.subscribe((event) => {
      for (const listener of this.#listeners.get(event.kind) ?? []) listener(event as never);
    });
  }

  /** @throws what the contract says of the call; IO_FAILED the program does not answer */
  async call<N extends CallName>(name: N, input: InputOf<N>): Promise<AnswerOf<N>> {
    const reply = await this.#transport.invoke(name, input);
    if (!reply.ok) throw fromPlainError(reply.error);
    return reply.value as AnswerOf<N>;
  }

  /** The answer ends the listening. */
  on<K extends EventKind>(kind: K, listener: (event: EventOf<K>) => void): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  watchConnection(listener: (state: Connection) => void): () => void {
    return this.#transport.watchConnection(listener);
  }

  /** @throws USAGE, IO_FAILED, NO_SPACE, CANCELLED */
  takeIn(files: readonly File[], told: UploadTold = {}): Promise<TakenIn> {
    return this.#transport.takeIn(files, told);
  }
}
