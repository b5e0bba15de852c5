// The desktop program as a scenario sees it: the same on the double and on a real Electron.

import type * as Electron from 'electron';
import type { Page } from 'playwright-core';

export interface ShellStart {
  readonly dataFolder: string;
  /** After the program itself. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Only the double can be told; a scenario that needs it says so. */
  readonly world?: {
    readonly isPackaged?: boolean;
    readonly isDarkSystem?: boolean;
    readonly isOnBattery?: boolean;
    readonly workAreas?: readonly (readonly [number, number, number, number])[];
  };
}

export interface Shell {
  readonly kind: 'double' | 'electron';
  /** Runs a function in the main process. It is sent as text: it sees its argument and nothing around it. */
  evaluate<R, A = undefined>(
    run: (electron: typeof Electron, argument: A) => R | Promise<R>,
    argument?: A,
  ): Promise<R>;
  /** The page of the window, once it has one. */
  page(): Promise<Page>;
  /** Drops files of this computer on the page, as from a file manager. */
  drop(page: Page, paths: readonly string[]): Promise<void>;
  /** Starts the program once more beside this one; resolves with its exit code. */
  startSecond(args: readonly string[]): Promise<number | null>;
  /** Resolves with the exit code when the program has ended. */
  readonly ended: Promise<number | null>;
  /** What the program did that Electron would not have let pass. */
  readonly complaints: readonly string[];
  kill(): Promise<void>;
}
