// Where Electron's runtime is, if it is on this machine: its npm package has only the types until its own script has fetched it.
// Nothing is fetched here.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './root.ts';

const EXECUTABLES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

/** The executable in the folder that ELECTRON_OVERRIDE_DIST_PATH names, or in the package; null where there is none. */
export function findElectron(): string | null {
  const installed = join(root, 'node_modules', 'electron');
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const folder = override === undefined || override === '' ? join(installed, 'dist') : override;
  const noted = join(installed, 'path.txt');
  const name = existsSync(noted)
    ? readFileSync(noted, 'utf8').trim()
    : (EXECUTABLES[process.platform] ?? 'electron');
  const executable = join(folder, name);
  return existsSync(executable) ? executable : null;
}
