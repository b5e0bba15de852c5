// The desktop program that is tested: the built one when everything is tested (as with STRONGROOM_PROGRAM), else the sources with a
// preload made from them and the interface of the last build.

import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll } from 'vitest';

import { bundleScript } from '../../../build/bundle-script.ts';
import { root } from '../../../build/root.ts';

export interface Program {
  /** The script that Electron begins with. */
  readonly main: string;
  /** What app.getAppPath() says. */
  readonly folder: string;
}

const BUILT = join(root, 'dist', 'electron');
const VERSION = '1.2.3';

let made: Promise<Program> | null = null;
let assembled: string | null = null;

afterAll(async () => {
  if (assembled !== null) await rm(assembled, { recursive: true, force: true });
});

export function findProgram(): Promise<Program> {
  made ??= process.env['STRONGROOM_PROGRAM'] === undefined ? assemble() : Promise.resolve(builtProgram());
  return made;
}

/** What Electron itself has to be given: it cannot run the sources. */
export function builtProgram(): Program {
  if (!existsSync(join(BUILT, 'main.js'))) throw new Error('The desktop program is not built: npm run build');
  return { main: join(BUILT, 'main.js'), folder: BUILT };
}

async function assemble(): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-desktop-'));
  assembled = folder;
  await bundleScript({
    entry: 'electron/preload.ts',
    out: folder,
    name: 'preload',
    copied: [],
    version: VERSION,
    as: 'preload',
  });
  const manifest = { name: 'strongroom', productName: 'Strongroom', version: VERSION, type: 'module' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'licences.json'), '[]');
  await cp(join(root, 'build', 'icons', 'tray'), join(folder, 'icons'), { recursive: true });
  await cp(join(root, 'build', 'icons', 'png', '256x256.png'), join(folder, 'icons', 'window.png'));
  await cp(join(BUILT, 'window'), join(folder, 'window'), { recursive: true });
  return { main: join(root, 'electron', 'main.ts'), folder };
}
