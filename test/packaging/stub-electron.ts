// Distributions of Electron that cannot run, but have what electron-builder and the fuses step look for: the files by their names,
// a fuse wire as it is shipped, and Electron's own default program, a real if almost empty archive.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createPackage } from '@electron/asar';

/** What stands before the wire in the binary, see Electron's documentation of its fuses. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** As Electron ships them: one byte for each fuse, “1” is on. */
export const SHIPPED_FUSES = '101100011';

/** A wire with more fuses than anybody has decided about. */
export const NEWER_FUSES = `${SHIPPED_FUSES}0`;

/** Makes the Linux distribution in `folder`, which is there and empty. */
export async function makeStubElectron(folder: string, fuses: string = SHIPPED_FUSES): Promise<void> {
  const files: Record<string, string | Buffer> = {
    electron: Buffer.concat([Buffer.from('\x7fELF stub '), fuseWire(fuses), Buffer.from(' end')]),
    LICENSE: 'Electron’s licence',
    'LICENSES.chromium.html': 'Chromium’s licences',
    version: '45.0.0',
    'chrome-sandbox': 'stub',
    'locales/en-US.pak': 'stub',
  };
  await writeAll(folder, files);
  const defaultApp = join(folder, '..', 'default-app');
  await mkdir(defaultApp, { recursive: true });
  await writeFile(join(defaultApp, 'package.json'), '{"name":"electron","main":"main.js"}');
  await mkdir(join(folder, 'resources'));
  await createPackage(defaultApp, join(folder, 'resources', 'default_app.asar'));
}

async function writeAll(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content, { mode: 0o755 });
  }
}

/** Makes the Windows distribution in `folder`, as far as it is packed without editing the executable. */
export async function makeStubForWindows(folder: string): Promise<void> {
  await writeAll(folder, { 'electron.exe': fuseWire(SHIPPED_FUSES), LICENSE: 'Electron’s licence' });
}

/** Makes the macOS distribution in `folder`: the program, its framework with the fuses, its helpers. */
export async function makeStubForMac(folder: string): Promise<void> {
  const contents = 'Electron.app/Contents';
  const programs = ['', ' (GPU)', ' (Plugin)', ' (Renderer)'].map((kind) => `Electron Helper${kind}`);
  const helpers = programs.map((name): [string, string] => [
    `${contents}/Frameworks/${name}.app/Contents/Info.plist`,
    plistOf(name),
  ]);
  const executables = programs.map((name): [string, string] => [
    `${contents}/Frameworks/${name}.app/Contents/MacOS/${name}`,
    'stub',
  ]);
  const framework = `${contents}/Frameworks/Electron Framework.framework/Electron Framework`;
  await writeAll(folder, {
    [`${contents}/Info.plist`]: plistOf('Electron'),
    [`${contents}/MacOS/Electron`]: 'stub',
    [`${contents}/Resources/electron.icns`]: 'stub',
    [framework]: fuseWire(SHIPPED_FUSES),
    ...Object.fromEntries([...helpers, ...executables]),
  });
}

function plistOf(name: string): string {
  const facts = {
    ...{ CFBundleName: name, CFBundleExecutable: name, CFBundleIconFile: 'electron.icns' },
    CFBundleIdentifier: `com.github.${name}`,
  };
  const entries = Object.entries(facts).map(([key, value]) => `<key>${key}</key><string>${value}</string>`);
  return `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>${entries.join('')}</dict></plist>`;
}

/** Sentinel, version of the wire, how many fuses, the fuses. */
function fuseWire(fuses: string): Buffer {
  return Buffer.concat([Buffer.from(SENTINEL), Buffer.from([1, fuses.length]), Buffer.from(fuses)]);
}
