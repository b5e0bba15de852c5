// Goes in by a printed address as a browser does, then calls over the socket. For tests of the real program.

import { WebSocket } from 'ws';

import type { Reply } from '../../shared/contract/index.ts';

export interface Entered {
  readonly origin: string;
  /** For further requests. */
  readonly headers: Readonly<Record<string, string>>;
  call(name: string, input: unknown): Promise<Reply>;
  close(): void;
}

/** @throws where it is not let in */
export async function enter(address: string): Promise<Entered> {
  const { origin } = new URL(address);
  const answer = await fetch(address, { redirect: 'manual' });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (cookie === undefined) throw new Error(`It was not let in: ${answer.status}`);
  const headers = { cookie, origin };
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, { headers });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  let nextId = 1;
  return {
    origin,
    headers,
    call: (call, input) => {
      const id = nextId++;
      return new Promise((resolve) => {
        const look = (data: Buffer): void => {
          const frame = JSON.parse(data.toString()) as { readonly id?: number; readonly reply?: Reply };
          if (frame.id !== id || frame.reply === undefined) return;
          socket.off('message', look);
          resolve(frame.reply);
        };
        socket.on('message', look);
        socket.send(JSON.stringify({ id, call, input }));
      });
    },
    close: () => socket.close(),
  };
}
