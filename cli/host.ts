// What the command line needs of the process it runs in. Tests hand in their own.

import type { Readable, Writable } from 'node:stream';

import type { Strongroom, StrongroomOptions } from './engine.ts';

export interface TerminalInput extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

export interface TerminalOutput extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Host {
  readonly stdin: TerminalInput;
  /** Data only: reports and `--json`. */
  readonly stdout: TerminalOutput;
  /** Everything said to the person: errors, hints, notes, questions, progress. */
  readonly stderr: TerminalOutput;
  /** STRONGROOM_KEY and STRONGROOM_NEW_KEY are removed once they are read. */
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  readonly homeFolder: string;
  /** Where the vault and the catalogue are. */
  readonly dataFolder: string;
  readonly platform: NodeJS.Platform;
  readonly cores: number;
  /** BCP 47, for numbers and dates. */
  readonly locale: string | undefined;
  readonly timeZone: string | undefined;
  /** Aborted when the person or the system asks to stop. */
  readonly signal: AbortSignal;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly openStrongroom: (options: StrongroomOptions) => Promise<Strongroom>;
}

/** Whether someone sits there who can be asked: questions go to stderr, since stdout is data only. */
export function isInteractive(host: Host): boolean {
  return host.stdin.isTTY === true && host.stderr.isTTY === true;
}
