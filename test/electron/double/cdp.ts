// A connection to Chromium by the DevTools protocol, as far as the double needs it.

import { EventEmitter } from 'node:events';

import { WebSocket } from 'ws';

/** Whatever the protocol says of the command or event. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type CdpData = Record<string, any>;

interface Waiting {
  resolve(data: CdpData): void;
  reject(error: Error): void;
}

export class CdpConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #sessions = new Map<string, CdpSession>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString()) as CdpData));
  }

  static async open(endpoint: string): Promise<CdpConnection> {
    const socket = new WebSocket(endpoint, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return new CdpConnection(socket);
  }

  send(method: string, params: CdpData = {}, sessionId?: string): Promise<CdpData> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async attach(targetId: string): Promise<CdpSession> {
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const session = new CdpSession(this, sessionId as string);
    this.#sessions.set(sessionId as string, session);
    return session;
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ id, method, params, sessionId, result, error }: CdpData): void {
    if (typeof id === 'number') {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result as CdpData);
      else waiting?.reject(new Error(String(error.message)));
      return;
    }
    this.#sessions.get(sessionId as string)?.emit(String(method), params);
  }
}

export class CdpSession extends EventEmitter {
  readonly #connection: CdpConnection;
  readonly #id: string;

  constructor(connection: CdpConnection, id: string) {
    super();
    this.#connection = connection;
    this.#id = id;
  }

  send(method: string, params: CdpData = {}): Promise<CdpData> {
    return this.#connection.send(method, params, this.#id);
  }
}
