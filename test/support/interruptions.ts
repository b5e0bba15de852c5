// What may come into the middle of a recode, and what its folder must hold afterwards.

import { stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import {
  recode,
  type Destination,
  type MemberRunner,
  type MemberTask,
  type RecodeOptions,
} from '../../core/backup/index.ts';
import { errorCode, type ErrorCode } from '../../shared/errors.ts';
import { KEY } from './fixtures.ts';
import { namesIn, sha256Of } from './folder-state.ts';
import { withBetween, type Between } from './runners.ts';

export const inPlace = (originals: 'keep' | 'quarantine' | 'trash'): Destination => ({
  kind: 'in-place',
  originals,
});

/** Migrates in place unless told otherwise; the code it failed with, null where it did not. */
export async function failureOf(
  path: string,
  runner: MemberRunner,
  options: Partial<RecodeOptions>,
  between: Between = {},
): Promise<ErrorCode | null> {
  const wanted = { operation: 'migrate', keys: [KEY], destination: inPlace('keep'), ...options } as const;
  return recode(path, wanted, withBetween(runner, between)).then(() => null, errorCode);
}

/** Runs `act` at the first task of that kind. */
export function once(
  kind: MemberTask['kind'],
  act: () => Promise<void> | void,
): (task: MemberTask) => Promise<void> {
  let done: Promise<void> | null = null;
  return async (task) => {
    if (task.kind !== kind) return;
    done ??= Promise.resolve(act());
    await done;
  };
}

/** Runs `act` when the last of `count` members has been written. */
export function lastWrite(count: number, act: () => Promise<void>): (task: MemberTask) => Promise<void> {
  let written = 0;
  return async (task) => {
    if (task.kind === 'write' && ++written === count) await act();
  };
}

export function flip(bytes: Buffer, at: number): void {
  bytes[at]! ^= 0x10;
}

/** Gives it the present as its time of change. */
export async function touched(path: string): Promise<number> {
  const now = new Date();
  await utimes(path, now, now);
  return (await stat(path)).mtimeMs;
}

/** The files and what is in them, but for what is being written, which has no name of its own yet. */
export async function namesAndSums(folder: string): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const name of await namesIn(folder)) {
    if (/\.partial(-journal.*)?$/.test(name)) continue;
    if ((await stat(join(folder, name))).isFile()) sums[name] = await sha256Of(join(folder, name));
  }
  return sums;
}
