// The near side of desk-child.ts.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

import { fromPlainError, type PlainError } from '../../shared/errors.ts';
import type { JobEvent } from '../../shared/jobs.ts';
import type { DeskCall, DeskCalls } from './desk-calls.ts';
import type { LibraryPlace } from './library-place.ts';

const CHILD = fileURLToPath(new URL('./desk-child.ts', import.meta.url));

export interface DeskProcess {
  /** @throws the error of the other side */
  call<Name extends DeskCall>(name: Name, ...args: Parameters<DeskCalls[Name]>): ReturnType<DeskCalls[Name]>;
  /** So far. */
  readonly events: readonly JobEvent[];
  /** The first event that passes, also one that came already. */
  event(passes: (event: JobEvent) => boolean): Promise<JobEvent>;
  /** It ends when all it was asked for is done. Resolves with its exit code. */
  end(): Promise<number | null>;
}

export interface DeskProcessOptions {
  /** It runs as this user. */
  readonly userId?: number;
  /** Loaded before the program. */
  readonly preload?: URL;
}

interface Told {
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: PlainError;
  readonly event?: JobEvent;
}

/** Resolves when it is ready to be asked. */
export async function startDesk(
  { folder, home }: LibraryPlace,
  { userId, preload }: DeskProcessOptions = {},
): Promise<DeskProcess> {
  const before = preload === undefined ? [] : ['--import', preload.href];
  const child = spawn(process.execPath, [...before, CHILD, folder], {
    env: { ...process.env, XDG_DATA_HOME: home },
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(userId === undefined ? {} : { uid: userId, gid: userId }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const waiting = new Map<number, (told: Told) => void>();
  const listeners = new Set<(event: JobEvent) => void>();
  const events: JobEvent[] = [];
  const ready = Promise.withResolvers<null>();
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  void ended.then((exitCode) => {
    ready.reject(new Error(`the other Strongroom ended with ${exitCode}`));
    for (const answer of waiting.values())
      answer({ error: { code: 'INTERNAL', message: `the other Strongroom ended with ${exitCode}` } });
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as Told;
    if (told.event !== undefined) {
      events.push(told.event);
      for (const listener of listeners) listener(told.event);
    } else if (told.id === undefined) ready.resolve(null);
    else waiting.get(told.id)?.(told);
  });
  await ready.promise;
  let calls = 0;
  return {
    call: (name, ...args) => {
      const id = ++calls;
      const answer = new Promise<unknown>((resolve, reject) => {
        waiting.set(id, ({ value, error }) => {
          waiting.delete(id);
          if (error === undefined) resolve(value);
          else reject(fromPlainError(error));
        });
      });
      child.stdin.write(`${JSON.stringify({ id, call: name, args })}\n`);
      return answer as never;
    },
    events,
    event: (passes) => {
      const found = events.find(passes);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const listener = (event: JobEvent): void => {
          if (!passes(event)) return;
          listeners.delete(listener);
          resolve(event);
        };
        listeners.add(listener);
      });
    },
    end: () => {
      child.stdin.end();
      return ended;
    },
  };
}
