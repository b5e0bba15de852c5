// Files that were opened with the program: named on its command line, given by a second start, or sent by macOS.

import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as v from 'valibot';

const HANDED_OVER = v.object({ paths: v.array(v.string()), isQuiet: v.boolean() });

/** Start without a window, as at login. */
export const QUIET_FLAG = '--hidden';

/** What a start wants; a second one hands it to the first. */
export interface StartWish {
  /** Absolute. */
  readonly paths: string[];
  readonly isQuiet: boolean;
}

/** `args`: without the program itself. Of flags only ours is known; the others are the system's and Electron's. */
export function readArguments(args: readonly string[], cwd: string): StartWish {
  return {
    paths: args.filter((arg) => arg !== '' && !arg.startsWith('-')).map((named) => pathOf(named, cwd)),
    isQuiet: args.includes(QUIET_FLAG),
  };
}

/** Menus and file managers of Linux may name a file by its address. */
function pathOf(named: string, cwd: string): string {
  if (!named.startsWith('file://')) return resolve(cwd, named);
  try {
    return fileURLToPath(named);
  } catch {
    return resolve(cwd, named); // of another computer, or none at all: who opens it says so
  }
}

/** What a second start handed over; nothing where that is not understood. */
export function readHandedOver(data: unknown): StartWish {
  const { success, output } = v.safeParse(HANDED_OVER, data);
  if (!success) return { paths: [], isQuiet: false };
  return { paths: output.paths.filter((path) => isAbsolute(path)), isQuiet: output.isQuiet };
}
