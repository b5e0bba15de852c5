// Calls and events over one WebSocket for each window: {id, call, input} comes in, {id, reply} and {event} go out. Whoever sends
// anything else, or does not read what is sent, is disconnected; a page that was comes back and asks for everything again.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { WebSocket, WebSocketServer } from 'ws';

import type { Service } from '../../core/service/index.ts';

/** Of one call: the paths of a very large library. */
const FRAME_LIMIT_BYTES = 32 * 1024 * 1024;
const MOST_CALLS_AT_ONCE = 500;
const UNREAD_LIMIT_BYTES = 128 * 1024 * 1024;
const HEARTBEAT_MS = 30_000;

/** Codes of RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
const NOT_UNDERSTOOD = 1003;
const REFUSED = 1008;
const TRY_AGAIN = 1013;

interface Frame {
  readonly id: number;
  readonly call: unknown;
  readonly input: unknown;
}

export interface SocketServerOptions {
  readonly service: Service;
  /** Whether the browser that opened it is still let in; it counts as a use. */
  readonly isAdmitted: (request: IncomingMessage) => boolean;
  /** The same, which is no use of it. */
  readonly isKnown: (request: IncomingMessage) => boolean;
}

export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #server: WebSocketServer;
  readonly #answered = new WeakSet<WebSocket>();
  readonly #requests = new WeakMap<WebSocket, IncomingMessage>();
  readonly #endListening: () => void;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: FRAME_LIMIT_BYTES,
      perMessageDeflate: false,
    });
    this.#endListening = options.service.subscribe((event) => {
      if (this.#server.clients.size === 0) return;
      const text = JSON.stringify({ event });
      for (const socket of this.#server.clients) {
        if (this.#isKnown(socket)) send(socket, text);
        else socket.close(REFUSED);
      }
    });
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Of a request that has been found to be from our own page. */
  accept(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, connection, head, (socket) => {
      this.#answered.add(socket);
      this.#requests.set(socket, request);
      socket.on('pong', () => this.#answered.add(socket));
      socket.on('error', () => socket.terminate()); // a broken frame; what it was is of no use to anyone
      this.#serve(socket, request);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#endListening();
    for (const socket of this.#server.clients) socket.close(GOING_AWAY);
    await new Promise<void>((resolve) => {
      const last = setTimeout(() => {
        for (const socket of this.#server.clients) socket.terminate();
      }, 1000);
      this.#server.close(() => {
        clearTimeout(last);
        resolve();
      });
    });
  }

  #isKnown(socket: WebSocket): boolean {
    const request = this.#requests.get(socket);
    return request !== undefined && this.#options.isKnown(request);
  }

  #serve(socket: WebSocket, request: IncomingMessage): void {
    const { service, isAdmitted } = this.#options;
    let callCount = 0;
    socket.on('message', (data, isBinary) => {
      if (!isAdmitted(request)) return socket.close(REFUSED);
      if (isBinary) return socket.close(NOT_UNDERSTOOD);
      const frame = readFrame((data as Buffer).toString('utf8'));
      if (frame === null || callCount >= MOST_CALLS_AT_ONCE) return socket.close(REFUSED);
      callCount++;
      void service.dispatch(frame.call, frame.input).then((reply) => {
        callCount--;
        send(socket, JSON.stringify({ id: frame.id, reply }));
      });
    });
  }

  /** A window that was closed without a word, by a computer that fell asleep, would be kept for ever. */
  #beat(): void {
    for (const socket of this.#server.clients) {
      if (!this.#answered.has(socket)) {
        socket.terminate();
        continue;
      }
      this.#answered.delete(socket);
      socket.ping();
    }
  }
}

function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > UNREAD_LIMIT_BYTES) socket.close(TRY_AGAIN);
  else socket.send(text);
}

function readFrame(text: string): Frame | null {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof frame !== 'object' || frame === null) return null;
  const { id, call, input } = frame as Partial<Frame>;
  return Number.isSafeInteger(id) ? { id: id as number, call, input } : null;
}
