// The web server on the real service, and what speaks to it: requests and sockets whose headers a test writes as it likes, as no browser
// would let a page do.

import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

import { WebSocket } from 'ws';

import type { Exposure } from '../../cli/web/exposure.ts';
import { SignIn } from '../../cli/web/sign-in.ts';
import { Uploads } from '../../cli/web/uploads.ts';
import { startWebServer } from '../../cli/web/web-server.ts';
import type { Reply, StrongroomEvent } from '../../shared/contract/index.ts';
import { newService, type TestService } from '../service/service-fixture.ts';

export const PAGE = '<!doctype html><title>The interface</title>';
export const SCRIPT = 'export {};';
const FILES = new Map([
  ['/', { type: 'text/html; charset=utf-8', bytes: Buffer.from(PAGE), isHashed: false }],
  [
    '/assets/index-1.js',
    { type: 'text/javascript; charset=utf-8', bytes: Buffer.from(SCRIPT), isHashed: true },
  ],
]);

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface WebFixture extends TestService {
  /** As it is printed: http://127.0.0.1:PORT */
  readonly origin: string;
  readonly port: number;
  /** What a browser that was let in sends. */
  readonly cookie: string;
  /** In milliseconds; tests move it on. */
  readonly clock: { now: number };
  newEntrance(): string;
  /** Without a cookie unless it is among the headers; `path` is sent as it is. */
  ask(path: string, asking?: Asking): Promise<Answer>;
  /** As the page itself asks: cookie and origin are right. */
  askAsPage(path: string, asking?: Asking): Promise<Answer>;
}

export interface WebOptions {
  readonly exposure?: Exposure;
  readonly password?: string;
}

export async function newWeb({ exposure, password }: WebOptions = {}): Promise<WebFixture> {
  const made = await newService();
  const { service, engine, dataFolder, log } = made;
  const clock = { now: 0 };
  const now = (): number => clock.now;
  const signIn = password === undefined ? null : new SignIn(Buffer.from(password), now);
  await signIn?.ready();
  const uploads = new Uploads({ service, folders: () => engine.library.desk.folders(), dataFolder, log });
  const server = await startWebServer({
    exposure: exposure ?? { kind: 'this-computer', listenOn: '127.0.0.1' },
    port: 0,
    service,
    uploads,
    files: FILES,
    signIn,
    log,
    now,
  });
  onTestFinished(() => server.close());
  const port = server.port;
  const ask: WebFixture['ask'] = (path, asking = {}) => send(port, path, asking);
  const host = { host: new URL(server.origin).host };
  const entrance = new URL(server.newEntrance());
  const entered = await ask(`${entrance.pathname}${entrance.search}`, { headers: host });
  const cookie = cookieOf(entered);
  return {
    ...made,
    origin: server.origin,
    port,
    cookie,
    clock,
    newEntrance: () => server.newEntrance(),
    ask,
    askAsPage: (path, { headers = {}, ...rest } = {}) =>
      ask(path, { ...rest, headers: { ...host, cookie, origin: server.origin, ...headers } }),
  };
}

/** What the browser keeps of an answer; empty where there is nothing. */
export function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

function send(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body = '' }: Asking,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const sending = request(
      { host: '127.0.0.1', port, method, path, headers: { ...length, ...headers }, agent: false },
      (response: IncomingMessage) => {
        text(response).then(
          (content) =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: content }),
          reject,
        );
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}

export interface TestSocket {
  readonly socket: WebSocket;
  call(name: string, input: unknown): Promise<Reply>;
  /** The next event of that kind. */
  event(kind: StrongroomEvent['kind']): Promise<StrongroomEvent>;
  /** Resolves with the code it was closed with. */
  readonly closed: Promise<number>;
}

export interface SocketHeaders {
  readonly cookie?: string;
  readonly origin?: string;
  readonly host?: string;
}

/** Resolves with the socket, or with the status it was refused with. */
export function openSocket(
  { port }: Pick<WebFixture, 'port'>,
  headers: SocketHeaders,
  path = '/socket',
): Promise<TestSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { ...headers } });
    onTestFinished(() => socket.terminate());
    socket.on('open', () => resolve(testSocket(socket)));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', reject);
  });
}

/** As the page opens it. @throws where it is refused */
export async function openPageSocket(web: WebFixture): Promise<TestSocket> {
  const opened = await openSocket(web, { cookie: web.cookie, origin: web.origin });
  if (typeof opened === 'number') throw new Error(`refused with ${opened}`);
  return opened;
}

function testSocket(socket: WebSocket): TestSocket {
  let nextId = 1;
  const until = <T>(pick: (frame: Record<string, unknown>) => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = (data: Buffer): void => {
        const found = pick(JSON.parse(data.toString()) as Record<string, unknown>);
        if (found === undefined) return;
        socket.off('message', look);
        resolve(found);
      };
      socket.on('message', look);
    });
  return {
    socket,
    call: (call, input) => {
      const id = nextId++;
      const answered = until((frame) => (frame['id'] === id ? (frame['reply'] as Reply) : undefined));
      socket.send(JSON.stringify({ id, call, input }));
      return answered;
    },
    event: (kind) =>
      until((frame) => {
        const event = frame['event'] as StrongroomEvent | undefined;
        return event?.kind === kind ? event : undefined;
      }),
    closed: new Promise((resolve) => socket.on('close', resolve)),
  };
}
