// Electron's runtime is no part of its npm package: its own script fetches it. That is over a hundred megabytes, so it is done once, when
// the window is first asked for, and only where a person sees it happen.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { findElectron } from './find-electron.ts';
import { root } from './root.ts';

/** The executable; null where it was not fetched, or could not be. */
export async function fetchElectron(isWatched: boolean): Promise<string | null> {
  if (!isWatched || (process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '') !== '') return null;
  process.stderr.write('Electron’s runtime is fetched now, once: some 110 MB …\n');
  const script = join(root, 'node_modules', 'electron', 'install.js');
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'ignore'] });
  await once(child, 'close');
  return findElectron();
}
