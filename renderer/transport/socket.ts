// The transport of the web shell: one WebSocket to the program that served the page, opened anew whenever it closes. Who is let in is
// decided by the cookie that came with the page. What is dropped is sent over HTTP, because its path is not known here.

import type { Reply, StrongroomEvent } from '../../shared/contract/index.ts';
import { fromPlainError, StrongroomError } from '../../shared/errors.ts';
import type { TakenIn } from '../../shared/window.ts';
import type { Connection, Transport, UploadTold } from './client.ts';

type Frame = { readonly id: number; readonly reply: Reply } | { readonly event: StrongroomEvent };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;

export function socketTransport(address: string): Transport {
  const socket = new Socket(address);
  return {
    invoke: (name, input) => socket.invoke(name, input),
    subscribe: (listener) => listen(socket.eventListeners, listener),
    watchConnection: (listener) => listen(socket.connectionListeners, listener),
    takeIn: sendFiles,
  };
}

class Socket {
  readonly eventListeners = new Set<(event: StrongroomEvent) => void>();
  readonly connectionListeners = new Set<(state: Connection) => void>();
  readonly #address: string;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #socket: WebSocket;
  #opened: Promise<boolean>;
  #nextId = 1;
  #wasOpen = false;
  #failures = 0;

  constructor(address: string) {
    this.#address = address;
    [this.#socket, this.#opened] = this.#connect();
  }

  async invoke(call: string, input: unknown): Promise<Reply> {
    if (!(await this.#opened)) return noAnswer();
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, call, input }));
    });
  }

  #connect(): [WebSocket, Promise<boolean>] {
    const socket = new WebSocket(this.#address);
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as Frame));
    const opened = new Promise<boolean>((resolve) => {
      socket.addEventListener('open', () => {
        resolve(true);
        this.#failures = 0;
        if (this.#wasOpen) this.#tell('back');
        this.#wasOpen = true;
      });
      socket.addEventListener('close', () => {
        resolve(false);
        this.#lose();
      });
    });
    return [socket, opened];
  }

  #lose(): void {
    for (const resolve of this.#waiting.values()) resolve(noAnswer());
    this.#waiting.clear();
    this.#tell('away');
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures++;
    setTimeout(() => {
      [this.#socket, this.#opened] = this.#connect();
    }, waitMs);
  }

  #take(frame: Frame): void {
    if ('event' in frame) {
      for (const listener of this.eventListeners) listener(frame.event);
      return;
    }
    this.#waiting.get(frame.id)?.(frame.reply);
    this.#waiting.delete(frame.id);
  }

  #tell(state: Connection): void {
    for (const listener of this.connectionListeners) listener(state);
  }
}

function listen<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function noAnswer(): Reply<never> {
  return {
    ok: false,
    error: {
      code: 'IO_FAILED',
      message: 'Strongroom does not answer.',
      hint: 'Look whether the program still runs; this page goes on by itself as soon as it answers.',
      details: { away: true },
    },
  };
}

/** One after another, so that what arrives is whole as early as can be. */
async function sendFiles(files: readonly File[], told: UploadTold): Promise<TakenIn> {
  const totalBytes = files.reduce((sum, file) => sum + file.size, 0);
  const identities: string[] = [];
  const problems: TakenIn['problems'][number][] = [];
  let sentBytes = 0;
  for (const file of files) {
    const reply = await sendFile(file, told.signal, (bytes) =>
      told.progress?.(sentBytes + bytes, totalBytes),
    );
    sentBytes += file.size;
    if (reply.ok) {
      identities.push(...reply.value.identities);
      problems.push(...reply.value.problems);
    } else if (reply.error.code === 'CANCELLED') throw fromPlainError(reply.error);
    else problems.push({ path: file.name, error: reply.error });
  }
  return { identities: [...new Set(identities)], folders: [], problems };
}

/** By XMLHttpRequest: `fetch` does not tell how much has been sent. */
function sendFile(
  file: File,
  signal: AbortSignal | undefined,
  progress: (bytes: number) => void,
): Promise<Reply<TakenIn>> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    const end = (reply: Reply<TakenIn>): void => {
      signal?.removeEventListener('abort', stop);
      resolve(reply);
    };
    request.upload.addEventListener('progress', ({ loaded }) => progress(Math.min(loaded, file.size)));
    request.addEventListener('load', () => end(replyOf(request.responseText)));
    request.addEventListener('error', () => end(noAnswer()));
    request.addEventListener('abort', () =>
      end({ ok: false, error: { code: 'CANCELLED', message: 'Stopped at your request.' } }),
    );
    request.open('PUT', `/upload?${new URLSearchParams({ name: file.name }).toString()}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) return stop();
    request.send(file);
  });
}

function replyOf(text: string): Reply<TakenIn> {
  try {
    return JSON.parse(text) as Reply<TakenIn>;
  } catch (cause) {
    const error = new StrongroomError('IO_FAILED', 'The file could not be sent.', { cause });
    return { ok: false, error: { code: error.code, message: error.message } };
  }
}
