// A host for the command line without a process: what was printed can be read, what is typed can be written.

import { PassThrough, Writable } from 'node:stream';

import type { Strongroom } from '../../cli/engine.ts';
import type { Host } from '../../cli/host.ts';
import { fakeEngine } from './fake-engine.ts';

export class Capture extends Writable {
  isTTY = false;
  columns = 80;
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export class Keyboard extends PassThrough {
  isTTY = false;
  rawModes: boolean[] = [];

  setRawMode(raw: boolean): void {
    this.rawModes.push(raw);
  }
}

export interface FakeHost extends Host {
  readonly stdin: Keyboard;
  readonly stdout: Capture;
  readonly stderr: Capture;
}

export interface FakeHostOptions {
  readonly engine?: Partial<Strongroom>;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
}

export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const stdin = new Keyboard();
  const stderr = new Capture();
  stdin.isTTY = options.terminal === true;
  stderr.isTTY = options.terminal === true;
  return {
    stdin,
    stdout: new Capture(),
    stderr,
    env: { TERM: 'dumb', ...options.env },
    cwd: options.cwd ?? '/',
    homeFolder: '/home/me',
    dataFolder: '/home/me/data',
    platform: 'linux',
    cores: 2,
    locale: 'en',
    timeZone: 'UTC',
    signal: options.signal ?? new AbortController().signal,
    now: () => performance.now(),
    openStrongroom: () => Promise.resolve(fakeEngine(options.engine)),
  };
}
