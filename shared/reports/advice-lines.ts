// What can be done about the problems of many files: each piece of advice once, with the first file it is true of.

import type { PlainError } from '../errors.ts';
import { adviceFor } from './advice.ts';
import { printable } from './printable.ts';

export function adviceLines(
  problems: readonly { readonly path: string; readonly error: PlainError | null }[],
  command: string,
): string[] {
  const firstOfEach = new Map<string, string[]>();
  for (const { path, error } of problems) {
    if (error === null || firstOfEach.has(error.code)) continue;
    const advice = [error.hint ?? null, adviceFor(error, command, path)].filter((line) => line !== null);
    firstOfEach.set(error.code, advice);
  }
  return [...new Set([...firstOfEach.values()].flat())].map((line) => printable(line));
}
