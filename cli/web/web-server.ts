// The HTTP side of the web shell: who asks, is asked first (request-guard.ts), then whether that browser was let in (sessions.ts),
// and only then what for. There are few addresses, and none leads to a file by its name.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { InterfaceFile, Log, Service } from '../../core/service/index.ts';
import type { Reply } from '../../shared/contract/index.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { Addresses } from './addresses.ts';
import {
  closedPage,
  DOOR_STYLE,
  DOOR_STYLE_PATH,
  goOnPage,
  signInPage,
  type SignInProblem,
} from './door-pages.ts';
import type { Exposure } from './exposure.ts';
import { readFormPassword } from './form-password.ts';
import { listen } from './listen.ts';
import { refusalOf } from './request-guard.ts';
import { DOOR_HEADERS, PAGE_HEADERS } from './security-headers.ts';
import { Sessions } from './sessions.ts';
import type { SignIn } from './sign-in.ts';
import { SocketServer } from './socket-server.ts';
import type { Uploads } from './uploads.ts';

const HEADERS_LIMIT_MS = 15_000;
/** Between two pieces of what is sent. */
const SILENCE_LIMIT_MS = 120_000;
/** For browsers that signed in with the password. */
const SESSION_IDLE_MS = 12 * 60 * 60_000;
const AREA = 'web';
const HTML = 'text/html; charset=utf-8';

export interface WebServerOptions {
  readonly exposure: Exposure;
  /** 0: any that is free. */
  readonly port: number;
  readonly service: Service;
  readonly uploads: Uploads;
  readonly files: ReadonlyMap<string, InterfaceFile>;
  /** null where only the printed address lets in. */
  readonly signIn: SignIn | null;
  readonly log: Log;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** @throws USAGE where the address or the port cannot be had */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { exposure } = options;
  const server: Server =
    exposure.kind === 'tls'
      ? createTlsServer({ cert: exposure.certificate, key: exposure.privateKey, minVersion: 'TLSv1.2' })
      : createServer();
  server.headersTimeout = HEADERS_LIMIT_MS;
  server.requestTimeout = 0; // a large backup takes as long as it takes
  server.timeout = SILENCE_LIMIT_MS;
  const port = await listen(server, exposure.listenOn, options.port);
  return new WebServer(options, server, port);
}

export class WebServer {
  readonly #options: WebServerOptions;
  readonly #server: Server;
  readonly #addresses: Addresses;
  readonly #sessions: Sessions;
  readonly #sockets: SocketServer;
  /** All of them, also those that have asked for nothing yet, of which the server itself loses sight. */
  readonly #connections = new Set<Socket>();

  constructor(options: WebServerOptions, server: Server, port: number) {
    const { exposure, service, signIn, now } = options;
    this.#options = options;
    this.#server = server;
    this.#addresses = new Addresses(exposure, port);
    const { isSecure } = this.#addresses;
    const idleMs = signIn === null ? null : SESSION_IDLE_MS;
    this.#sessions = new Sessions({ port: this.#addresses.port, isSecure, idleMs, now });
    this.#sockets = new SocketServer({
      service,
      isAdmitted: ({ headers }) => this.#sessions.admits(headers.cookie),
      isKnown: ({ headers }) => this.#sessions.knows(headers.cookie),
    });
    server.on('connection', (connection: Socket) => {
      this.#connections.add(connection);
      connection.once('close', () => this.#connections.delete(connection));
    });
    server.on('request', (request, response) => void this.#answer(request, response));
    server.on('upgrade', (request, connection, head) => this.#upgrade(request, connection, head));
  }

  get origin(): string {
    return this.#addresses.origin;
  }

  /** That it listens on. */
  get port(): number {
    return this.#addresses.port;
  }

  /** An address that lets in the first browser that opens it; those before it let in nobody any more. */
  newEntrance(): string {
    return `${this.origin}/enter?token=${this.#sessions.newToken()}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.#sockets.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const refusal = refusalOf(request, this.#addresses);
      if (refusal === null) return await this.#route(request, response);
      this.#options.log.warn(AREA, `A request was refused with ${refusal.status}.`);
      sendText(response, refusal.status, refusal.text);
    } catch (error) {
      this.#options.log.failure(AREA, 'A request failed', error);
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'Strongroom made a mistake and could not answer.');
    } finally {
      request.resume(); // what nobody read; a browser reads no answer before it has sent everything
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = addressOf(request, this.origin);
    if (address === null) return sendText(response, 400, 'This is no address.');
    const { pathname, searchParams } = address;
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    const isAdmitted = this.#sessions.admits(request.headers.cookie);
    if (method === 'GET' && pathname === DOOR_STYLE_PATH) {
      return send(response, 200, DOOR_STYLE, { ...DOOR_HEADERS, 'content-type': 'text/css; charset=utf-8' });
    }
    // Browsers ask for it beside every page; the interface names its own icon.
    if (method === 'GET' && pathname === '/favicon.ico') return send(response, 204, '', DOOR_HEADERS);
    if (request.method === 'GET' && pathname === '/enter') {
      return this.#enter(request, response, searchParams.get('token') ?? '');
    }
    if (method === 'POST' && pathname === '/sign-in') return await this.#signIn(request, response);
    if (!isAdmitted) return this.#turnAway(request, response, pathname);
    if (method === 'PUT' && pathname === '/upload') {
      return sendReply(response, await this.#options.uploads.take(request, searchParams));
    }
    const file = method === 'GET' ? this.#options.files.get(pathname) : undefined;
    if (file === undefined) return sendText(response, 404, 'There is nothing here.');
    send(response, 200, file.bytes, {
      ...PAGE_HEADERS,
      'content-type': file.type,
      'cache-control': file.isHashed ? 'private, max-age=31536000, immutable' : 'no-store',
    });
  }

  #enter(request: IncomingMessage, response: ServerResponse, token: string): void {
    if (!this.#sessions.redeem(token)) {
      if (this.#sessions.knows(request.headers.cookie)) return goTo(response, '/');
      return this.#showDoor(response, 401, null, 'used-token');
    }
    this.#options.log.info(AREA, 'A browser was let in by the printed address.');
    const headers = { 'set-cookie': this.#sessions.begin() };
    const isTyped = (request.headers['sec-fetch-site'] ?? 'none') === 'none';
    if (isTyped) return goTo(response, '/', headers);
    send(response, 200, goOnPage(), { ...DOOR_HEADERS, ...headers, 'content-type': HTML });
  }

  async #signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { signIn, log } = this.#options;
    if (signIn === null) return sendText(response, 404, 'There is nothing here.');
    const password = await readFormPassword(request);
    if (password === null) return this.#showDoor(response, 400, 'wrong');
    const outcome = await signIn.attempt(password, this.#senderOf(request));
    if (outcome === 'right') {
      log.info(AREA, 'A browser signed in with the password.');
      return goTo(response, '/', { 'set-cookie': this.#sessions.begin() });
    }
    log.warn(
      AREA,
      outcome === 'wrong' ? 'A wrong password was given.' : 'A sign-in was refused: too many tries.',
    );
    this.#showDoor(response, outcome === 'wrong' ? 401 : 429, outcome);
  }

  #turnAway(request: IncomingMessage, response: ServerResponse, pathname: string): void {
    const isPage = request.method === 'GET' && pathname === '/';
    // Whoever followed a link to here from another page may well be let in: only the cookie did not come along.
    if (isPage && request.headers['sec-fetch-site'] === 'cross-site') {
      return send(response, 200, goOnPage(), { ...DOOR_HEADERS, 'content-type': HTML });
    }
    if (isPage) return this.#showDoor(response, 401, null);
    const error = new StrongroomError('USAGE', 'This browser is not signed in to Strongroom.', {
      hint: 'Open the address that Strongroom printed when it was started, or sign in again.',
    });
    sendReply(
      response,
      { ok: false, error: { code: error.code, message: error.message, hint: error.hint! } },
      401,
    );
  }

  #showDoor(
    response: ServerResponse,
    status: number,
    problem: SignInProblem | null,
    why: 'no-token' | 'used-token' = 'no-token',
  ): void {
    const page = this.#options.signIn === null ? closedPage(why) : signInPage(problem);
    send(response, status, page, { ...DOOR_HEADERS, 'content-type': HTML });
  }

  #upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', () => connection.destroy()); // it went away before it was anything
    const refusal = refusalOf(request, this.#addresses);
    const isAdmitted = this.#sessions.admits(request.headers.cookie);
    const isSocket = addressOf(request, this.origin)?.pathname === '/socket';
    if (refusal === null && isAdmitted && isSocket) {
      return this.#sockets.accept(request, connection, head);
    }
    const status = refusal?.status ?? (isAdmitted ? 404 : 401);
    this.#options.log.warn(AREA, `A socket was refused with ${status}.`);
    connection.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () =>
      connection.destroy(),
    ); // the other side may never end its own
  }

  /** A proxy adds the address it was asked from at the end; what stands before that anybody may have written. */
  #senderOf({ headers, socket }: IncomingMessage): string {
    const direct = socket.remoteAddress ?? '';
    if (this.#options.exposure.kind !== 'proxy') return direct;
    return (
      String(headers['x-forwarded-for'] ?? '')
        .split(',')
        .at(-1)
        ?.trim() || direct
    );
  }
}

/** null for what is no address at all. */
function addressOf({ url = '/' }: IncomingMessage, origin: string): URL | null {
  return url.startsWith('/') && URL.canParse(`${origin}${url}`) ? new URL(`${origin}${url}`) : null;
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, `${text}\n`, { ...DOOR_HEADERS, 'content-type': 'text/plain; charset=utf-8' });
}

function sendReply(response: ServerResponse, reply: Reply, status = 200): void {
  const headers = { ...PAGE_HEADERS, 'content-type': 'application/json; charset=utf-8' };
  send(response, status, JSON.stringify(reply), headers);
}

function goTo(response: ServerResponse, path: string, headers: Readonly<Record<string, string>> = {}): void {
  send(response, 303, '', { ...DOOR_HEADERS, ...headers, location: path });
}
