// Runs scenarios of the desktop program on every Electron there is: the double, and a real one. What is not on the machine is skipped
// with a printed reason.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect } from 'vitest';

import { findElectron } from '../../../build/find-electron.ts';
import { findChromium } from '../../screens/support/chromium.ts';
import { startDouble } from './double-shell.ts';
import { startElectron } from './electron-shell.ts';
import { findProgram } from './program.ts';
import type { Shell, ShellStart } from './shell.ts';

type Kind = Shell['kind'];

export interface Scenarios {
  readonly kind: Kind;
  /** Starts the program; it is ended with the scenarios, and must not have done what Electron would have refused. */
  start(options?: Partial<ShellStart>): Promise<Shell>;
  newDataFolder(): Promise<string>;
}

const chromium = findChromium();
const electron = findElectron();

/** `define`: with the tests of one Electron. */
export function describeOnElectron(name: string, define: (scenarios: Scenarios) => void): void {
  describe.skipIf(chromium === null)(`${name}, on the double of Electron`, () =>
    define(scenariosOn('double')),
  );
  if (electron === null)
    process.stderr.write(`skipped: ${name}, on Electron: its runtime is not on this machine.\n`);
  describe.skipIf(electron === null)(`${name}, on Electron`, () => define(scenariosOn('electron')));
}

function scenariosOn(kind: Kind): Scenarios {
  const shells: Shell[] = [];
  const folders: string[] = [];
  const newDataFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'strongroom-desktop-data-'));
    folders.push(folder);
    return folder;
  };
  const start: Scenarios['start'] = async (options = {}) => {
    const given: ShellStart = { dataFolder: options.dataFolder ?? (await newDataFolder()), ...options };
    const shell =
      kind === 'double'
        ? await startDouble(chromium ?? '', await findProgram(), given)
        : await startElectron(electron ?? '', given);
    shells.push(shell);
    return shell;
  };
  afterAll(async () => {
    for (const shell of shells) await shell.kill();
    for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    for (const { complaints } of shells) expect(complaints).toEqual([]);
  }, 300_000);
  return { kind, start, newDataFolder };
}
