// The transport of the desktop window: what the preload put on `window.strongroom`, and nothing else.

import type { Reply, StrongroomEvent } from '../../shared/contract/index.ts';
import { fromPlainError, StrongroomError } from '../../shared/errors.ts';
import type { TakenIn } from '../../shared/window.ts';
import type { Transport } from './client.ts';

/** What electron/preload.ts gives to the page. */
export interface Bridge {
  invoke(name: string, input: unknown): Promise<Reply>;
  subscribe(listener: (event: StrongroomEvent) => void): () => void;
  /** Of a dropped file; empty where it has none. */
  pathOf(file: File): string;
}

declare global {
  interface Window {
    readonly strongroom?: Bridge;
  }
}

export function bridgeTransport(bridge: Bridge): Transport {
  return {
    invoke: (name, input) => bridge.invoke(name, input),
    subscribe: (listener) => bridge.subscribe(listener),
    watchConnection: () => () => undefined, // the program and its window live and die together
    takeIn: async (files) => {
      const paths = files.map((file) => bridge.pathOf(file)).filter((path) => path !== '');
      if (paths.length === 0)
        throw new StrongroomError('USAGE', 'What was dropped here is no file of this computer.', {
          hint: 'Save it first, then drop the saved file.',
        });
      const reply = await bridge.invoke('library.takeIn', { paths });
      if (!reply.ok) throw fromPlainError(reply.error);
      return reply.value as TakenIn;
    },
  };
}
