// The desktop program as it is packed, around a distribution of Electron that cannot run: what is in it, what lies beside the archive,
// the fuses, and that core starts from there.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { extractAll, extractFile, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { build, Platform } from 'electron-builder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bundleScript } from '../../build/bundle-script.ts';
import { FUSES } from '../../build/pack/fuses.ts';
import type { PackageLicence } from '../../shared/window.ts';
import { FIXTURES, newFolder, PASSWORD } from '../support/fixtures.ts';
import { makeStubElectron } from './stub-electron.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const app = join(root, 'dist', 'electron');
const system = `linux-${process.arch}`;
/** Installed beside that of this machine, as a build for several processors has them. */
const OTHER_KEYCHAINS = ['darwin-arm64', 'win32-x64-msvc', 'linux-s390x-gnu'];
/** Packing for another system than this one is for its own machines: the keychain's module is that of the system. */
const isLinux = process.platform === 'linux';
if (!isLinux) console.log('Packing is tested on Linux only: the stub distribution is one for Linux.');

describe.skipIf(!isLinux)('the package', () => {
  let folder = '';
  let resources = '';
  let archive = '';
  let unpacked = '';
  let packed: string[] = [];

  beforeAll(async () => {
    if (!existsSync(join(app, 'main.js'))) await run(process.execPath, [join(root, 'build', 'bundle.ts')]);
    folder = await newFolder();
    const forAll = join(folder, 'for-all');
    await cp(app, forAll, { recursive: true });
    for (const name of OTHER_KEYCHAINS) {
      const other = join(forAll, 'node_modules', '@napi-rs', `keyring-${name}`);
      await mkdir(other, { recursive: true });
      await writeFile(join(other, `keyring.${name}.node`), 'of another system');
    }
    const out = await pack(folder, forAll);
    resources = join(out, 'resources');
    archive = join(resources, 'app.asar');
    unpacked = join(resources, 'app.asar.unpacked');
    packed = await filesOf(archive);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('holds what runs and nothing else', () => {
    const ours = [
      /^(main|worker|keychain-worker)(-[\w.-]+)?\.js$/,
      /^(preload\.cjs|package\.json|licences\.json|LICENSE)$/,
      /^window\/(index\.html|assets\/[\w.-]+\.(js|css|svg|png|woff2))$/,
      /^icons\/[\w@]+\.png$/,
      /^node_modules\/.+(\.(c?js|mjs|json|node|wasm|ttf)|\/licen[cs]e[^/]*)$/i,
    ];
    expect(packed.filter((path) => !ours.some((pattern) => pattern.test(path)))).toEqual([]);
    for (const needed of ['main.js', 'preload.cjs', 'window/index.html', 'licences.json', 'icons/window.png'])
      expect(packed).toContain(needed);
  });

  it('holds native modules of its own system only', () => {
    const native = packed.filter((path) => path.endsWith('.node'));
    expect(native).toContain(`node_modules/sodium-native/prebuilds/${system}/sodium-native.node`);
    expect(native).toContain(`node_modules/@napi-rs/keyring-${system}-gnu/keyring.${system}-gnu.node`);
    expect(native.filter((path) => !path.includes(system))).toEqual([]);
    expect(packed.filter((path) => /trash/.test(path) && !path.endsWith('.js'))).toEqual([]);
  });

  it('leaves beside the archive what the system loads, and threads with all that they import', async () => {
    const beside = await filesBelow(unpacked);
    const inArchive = packed.filter((path) => /^(worker|keychain-worker|node_modules\/)/.test(path));
    expect(beside.sort()).toEqual([...inArchive, 'package.json'].sort());
  });

  it('has each script and package that its scripts import', async () => {
    const whole = join(folder, 'whole');
    extractAll(archive, whole);
    for (const script of packed.filter((path) => /^[^/]+\.js$/.test(path))) {
      for (const name of importsOf(await readFile(join(whole, script), 'utf8'))) {
        const isThere = name.startsWith('.')
          ? existsSync(join(whole, script, '..', name))
          : name === 'electron' ||
            isBuiltin(name) ||
            existsSync(join(whole, 'node_modules', packageNameOf(name)));
        expect(isThere, `${script} imports ${name}`).toBe(true);
      }
    }
  });

  it('has a preload that is one CommonJS file and requires nothing but electron', () => {
    const preload = extractFile(archive, 'preload.cjs').toString();
    const required = [...preload.matchAll(/\brequire\(([^)]*)\)/g)].map(([, what]) =>
      what?.replace(/['"`]/g, ''),
    );
    expect(new Set(required)).toEqual(new Set(['electron']));
    expect(importsOf(preload)).toEqual([]);
    expect(preload).not.toMatch(/\bimport\(/);
  });

  it('says the licence of every package in it, in full', () => {
    const licences = JSON.parse(extractFile(archive, 'licences.json').toString()) as PackageLicence[];
    expect(licences[0]?.name).toBe('Strongroom');
    const named = new Set(licences.map(({ name }) => name));
    const inside = packed.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
    expect([...new Set(inside)].filter((name) => !named.has(name))).toEqual([]);
    expect(licences.filter(({ licence, text }) => licence === '' || text.length < 40)).toEqual([]);
    expect(named).toContain('svelte'); // of those that are inside the scripts
  });

  it('keeps the licences of Electron and Chromium, but not Electron’s own default program', async () => {
    const beside = await readdir(join(resources, '..'));
    expect(beside).toEqual(expect.arrayContaining(['LICENSE.electron.txt', 'LICENSES.chromium.html']));
    expect((await readdir(resources)).sort()).toEqual(['app.asar', 'app.asar.unpacked']);
  });

  it('has every fuse set', async () => {
    const program = join(resources, '..', 'strongroom');
    expect((await stat(program)).mode & 0o111).not.toBe(0);
    const wire = new Map<string, unknown>(Object.entries(await getCurrentFuseWire(program)));
    for (const [fuse, isOn] of Object.entries(FUSES))
      expect(wire.get(fuse), FuseV1Options[Number(fuse)]).toBe(isOn ? FuseState.ENABLE : FuseState.DISABLE);
  });

  it('has entries for the menus that leave the sandbox on and hand files over', async () => {
    const prepackaged = join(folder, 'prepackaged');
    await mkdir(join(prepackaged, 'resources'), { recursive: true });
    const entries: string[] = [];
    await build({
      projectDir: root,
      prepackaged,
      publish: 'never',
      targets: Platform.LINUX.createTarget(['AppImage', 'deb', 'rpm']),
      config: {
        directories: { output: join(folder, 'entries') },
        extraMetadata: { homepage: 'https://example.invalid/' }, // see docs/packaging.md
      },
      effectiveOptionComputed: async (made: { desktop: string } | [string[], string]) => {
        entries.push(Array.isArray(made) ? await readFile(made[1], 'utf8') : made.desktop);
        return true; // nothing more is to be made
      },
    });
    const valuesOf = (key: string): (string | undefined)[] =>
      entries.map((entry) => new RegExp(`^${key}=(.*)$`, 'm').exec(entry)?.[1]);
    expect(valuesOf('Exec').sort()).toEqual([
      '/opt/Strongroom/strongroom %F',
      '/opt/Strongroom/strongroom %F',
      'AppRun %U',
    ]);
    expect(new Set(valuesOf('MimeType'))).toEqual(new Set(['application/x-tar;']));
    const manifest = JSON.parse(extractFile(archive, 'package.json').toString()) as { desktopName: string };
    expect(new Set(valuesOf('StartupWMClass'))).toEqual(
      new Set([manifest.desktopName.replace('.desktop', '')]),
    );
  });

  it('starts core, as the archive shows it', async () => {
    const whole = join(folder, 'started');
    extractAll(archive, whole);
    expect(await startCore(whole, folder)).toEqual({ sodium: 'native', status: 'good', keyring: 'function' });
  });

  it('starts core from what lies beside the archive alone, for threads that cannot read archives', async () => {
    const alone = join(folder, 'home', 'alone');
    await cp(unpacked, alone, { recursive: true });
    // As “npm init” leaves one behind, in a folder above the program.
    await writeFile(join(folder, 'home', 'package.json'), '{ "type": "commonjs" }');
    expect(await startCore(alone, folder)).toEqual({ sodium: 'native', status: 'good', keyring: 'function' });
  });

  it('starts the programs of the trash beside the archive, where the system can', async () => {
    const [inside, beside] = [join(folder, 'trash', 'app.asar'), join(folder, 'trash', 'app.asar.unpacked')];
    await mkdir(beside, { recursive: true });
    await cp(app, inside, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
    const scripts = await readdir(inside);
    for (const [system, program] of [
      ['macos', 'macos-trash'],
      ['windows', 'windows-trash.exe'],
    ] as const) {
      const script = join(
        inside,
        scripts.find((name) => name.startsWith(`main-${system}-`))!,
      );
      await writeFile(join(beside, program), '#!/bin/sh\necho "$0 $1" > "$1.moved"\n', { mode: 0o755 });
      // An operating system that the program for macOS takes for its own.
      const asThere = `import os from 'node:os'; os.release = () => '25.0.0';
        const { default: trash } = await import(process.argv[1]); await trash([process.argv[2]]);`;
      const file = join(folder, 'trash', system);
      await run(process.execPath, ['--input-type=module', '-e', asThere, script, file]);
      expect(await readFile(`${file}.moved`, 'utf8')).toBe(`${join(beside, program)} ${file}\n`);
    }
  });

  it('is not made where a native module of the system is missing', async () => {
    const lacking = join(folder, 'lacking');
    await cp(app, lacking, { recursive: true });
    await rm(join(lacking, 'node_modules', 'sodium-native', 'prebuilds', system), { recursive: true });
    await expect(pack(join(folder, 'refused'), lacking)).rejects.toMatchObject({
      stdout: expect.stringContaining(`it lacks: sodium-native for ${system}`) as unknown,
    });
  });
});

/** Returns the folder of the packed program. */
async function pack(into: string, appFolder: string): Promise<string> {
  const electron = join(into, 'electron');
  const output = join(into, 'out');
  await mkdir(electron, { recursive: true });
  await makeStubElectron(electron);
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
  await run(
    process.execPath,
    [
      ...[builder, '--linux', 'dir', `--${process.arch}`, '--publish', 'never'],
      ...[
        `-c.electronDist=${electron}`,
        `-c.directories.output=${output}`,
        `-c.directories.app=${appFolder}`,
      ],
    ],
    { cwd: root },
  );
  return join(output, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
}

/** Bundles test/packaging/start-core.ts into a layout, runs it there, and returns what it printed. */
async function startCore(layout: string, folder: string): Promise<unknown> {
  const modules = join(layout, 'node_modules');
  const copied: string[] = [];
  for (const name of await readdir(modules)) {
    if (!name.startsWith('@')) copied.push(name);
    else for (const below of await readdir(join(modules, name))) copied.push(`${name}/${below}`);
  }
  await bundleScript({
    entry: 'test/packaging/start-core.ts',
    out: layout,
    name: 'start-core',
    version: '0.0.0',
    copied,
  });
  const backup = join(FIXTURES, 'v3-compressed.tar');
  const { stdout } = await run(process.execPath, [join(layout, 'start-core.js'), folder, backup, PASSWORD], {
    cwd: folder,
  });
  return JSON.parse(stdout);
}

async function filesOf(archive: string): Promise<string[]> {
  const paths = listPackage(archive, { isPack: false }).map((path) => path.replace(/^[/\\]/, ''));
  const folders = new Set(paths.map((path) => dirname(path)));
  return Promise.resolve(paths.filter((path) => !folders.has(path)));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** What a bundled script imports, at its start or later. */
function importsOf(script: string): string[] {
  const atStart = script.matchAll(/^import (?:.* from )?"([^"]+)";$/gm);
  const later = script.matchAll(/\bimport\("([^"]+)"\)/g);
  return [...atStart, ...later].map(([, name]) => name!);
}

function packageNameOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}
