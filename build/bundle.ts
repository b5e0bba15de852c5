// `npm run build`: makes dist/cli, the command line with the web shell, and dist/electron, what is packed as the desktop program. Each
// is a folder that needs nothing else: scripts, the interface in window/, and in node_modules/ what cannot be inside a script (native
// modules, fonts). The keychain's module is that of the building machine.

import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { bundleScript } from './bundle-script.ts';
import { bundleWindow } from './bundle-window.ts';
import { copyPackage } from './copied-packages.ts';
import { collectLicences } from './licences.ts';
import { root } from './root.ts';

/** Not bundled: native modules, a megabyte of WebAssembly that most machines never load, fonts, and what loads files of its own by name. */
const COPIED = [
  'sodium-native',
  'libsodium-wrappers-sumo',
  '@napi-rs/keyring',
  'dejavu-fonts-ttf',
  '@stroncium/procfs',
];
/** Icons that the program shows itself, besides the one in its executable. */
const SHOWN_ICONS = { 'png/256x256.png': 'window.png', tray: '.' };

interface Manifest {
  readonly version: string;
  readonly description: string;
  /** Some Linux packages demand it; see docs/packaging.md. */
  readonly homepage?: string;
}
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;

/** Built beside and swapped in, so that a failed build leaves the last good one; its own, so that two builds may run at once. */
const work = join(root, 'dist', `.building-${String(process.pid)}`);
await mkdir(work, { recursive: true });
try {
  const common = join(work, 'common');
  const used = await bundleCommon(common);
  for (const name of ['cli', 'electron'] as const) {
    const out = join(work, name);
    await cp(common, out, { recursive: true });
    const usedHere = name === 'cli' ? await bundleCli(out) : await bundleElectron(out);
    const licences = await collectLicences([...new Set([...used, ...usedHere])]);
    await writeFile(join(out, 'licences.json'), `${JSON.stringify(licences, null, 1)}\n`);
    await swapIn(out, join(root, 'dist', name));
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

/** What both programs have: the interface, the threads, the packages. Returns the folders of the packages that are in it. */
async function bundleCommon(out: string): Promise<Set<string>> {
  const used = await bundleWindow(join(out, 'window'));
  for (const name of ['worker', 'keychain-worker']) {
    addAll(used, await bundle(`core/${name}.ts`, out, name));
  }
  for (const name of COPIED) await copyPackage(name, join(out, 'node_modules'), used);
  await cp(join(root, 'node_modules/trash/lib/macos-trash'), join(out, 'macos-trash'));
  await cp(join(root, 'node_modules/trash/lib/windows-trash.exe'), join(out, 'windows-trash.exe'));
  await cp(join(root, 'LICENSE'), join(out, 'LICENSE'));
  return used;
}

async function bundleCli(out: string): Promise<Set<string>> {
  const used = await bundle('cli/main.ts', out, 'strongroom');
  await chmod(join(out, 'strongroom.js'), 0o755);
  await writeManifest(out, { bin: 'strongroom.js' });
  return used;
}

async function bundleElectron(out: string): Promise<Set<string>> {
  const used = await bundle('electron/main.ts', out, 'main');
  addAll(used, await bundle('electron/preload.ts', out, 'preload', 'preload'));
  for (const [from, to] of Object.entries(SHOWN_ICONS)) {
    await cp(join(root, 'build', 'icons', from), join(out, 'icons', to), { recursive: true });
  }
  const { description, homepage } = manifest;
  await writeManifest(out, {
    main: 'main.js',
    productName: 'Strongroom',
    desktopName: 'strongroom.desktop',
    description,
    author: 'The Strongroom authors',
    license: 'MIT',
    ...(homepage === undefined ? {} : { homepage }),
  });
  return used;
}

function bundle(entry: string, out: string, name: string, as?: 'preload'): Promise<Set<string>> {
  const { version } = manifest;
  return bundleScript({ entry, out, name, version, copied: COPIED, ...(as === undefined ? {} : { as }) });
}

async function writeManifest(out: string, own: Record<string, string>): Promise<void> {
  const whole = { name: 'strongroom', version: manifest.version, type: 'module', ...own };
  await writeFile(join(out, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`);
}

function addAll(to: Set<string>, from: ReadonlySet<string>): void {
  for (const each of from) to.add(each);
}

/** Another build may do the same at this moment; whoever is last stays. */
async function swapIn(made: string, place: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    await rename(place, join(work, `old-${String(attempt)}-${made.slice(work.length + 1)}`)).catch(
      ignoreMissing,
    );
    try {
      await rename(made, place);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (attempt === 9 || (code !== 'ENOTEMPTY' && code !== 'EEXIST')) throw error;
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
