// Watches real folders and writes down what is told, in order; a test waits for an event instead of for a time.

import { statSync } from 'node:fs';
import { relative } from 'node:path';

import { watchFolders, type Watcher, type WatchOptions } from '../../core/watching/index.ts';

const DEADLINE_MS = 20_000;

export interface Recorder extends Watcher {
  /** “file a.tar 12” (bytes), “gone a.tar”, “folder back”, “problem IO_FAILED”. */
  readonly events: string[];
  /** Resolves when `event` was told so many times; rejects with what was told instead. */
  until(event: string, times?: number): Promise<void>;
  count(event: string): number;
}

export type RecorderOptions = Partial<WatchOptions> & { readonly folder: string } & {
  readonly polling?: 'auto' | 'always' | 'never';
};

/** Quick: a file stands still after 150 ms. */
export function record({ folder, polling = 'never', ...options }: RecorderOptions): Recorder {
  const events: string[] = [];
  let check: () => void = () => undefined;
  const tell = (event: string): void => {
    events.push(event);
    check();
  };
  const nameOf = (path: string): string => relative(folder, path);
  const watcher = watchFolders({
    folders: [{ path: folder, polling }],
    isWanted: (name) => name.endsWith('.tar'),
    settleMs: 150,
    heartbeatMs: 40,
    pollMs: 50,
    onFile: (path) => tell(`file ${nameOf(path)} ${statSync(path).size}`),
    onGone: (path) => tell(`gone ${nameOf(path)}`),
    onFolder: (_path, state) => tell(`folder ${state}`),
    onProblem: (_path, error) => tell(`problem ${error.code} ${error.message}`),
    ...options,
  });
  const count = (event: string): number => events.filter((told) => told === event).length;
  return {
    ...watcher,
    events,
    count,
    until: (event, times = 1) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no “${event}” (${times}); told: ${JSON.stringify(events.slice(-20))}`)),
          DEADLINE_MS,
        );
        check = () => {
          if (count(event) < times) return;
          clearTimeout(timer);
          resolve();
        };
        check();
      }),
  };
}
