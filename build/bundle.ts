// `npm run build`: makes dist/cli/strongroom.js, the scripts of its threads, in scripts of their own what few commands
// need, and beside them what cannot be inside a script: native modules, fonts, the trash programs of other systems.
// The folder dist/cli needs nothing else and can be copied; the keychain's module is that of the building machine.

import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const finished = join(root, 'dist', 'cli');
/** Built beside and swapped in, so that a failed build leaves the last good one. */
const out = `${finished}.new`;
/** Not bundled: native modules, a megabyte of WebAssembly that most machines never load, fonts, and what loads files of its own by name. */
const COPIED = [
  'sodium-native',
  'libsodium-wrappers-sumo',
  '@napi-rs/keyring',
  'dejavu-fonts-ttf',
  '@stroncium/procfs',
];
/** A module that is asked for by a name which is known only when it runs: no bundler can follow. */
const UNFOLLOWED = /__require\((?!["'])/;
/** Of the fonts, those that the page to print is set in. */
const FONTS = /[/\\]DejaVu(?!(?:Sans|Sans-Bold|SansMono)\.ttf$)/;
/** Systems that the program runs on; the package brings more. */
const PREBUILDS = /^(linux|darwin|win32)-(x64|arm64)$/;

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await bundle();
for (const name of COPIED) await copyPackage(name, join(out, 'node_modules'), new Set());
await cp(join(root, 'node_modules/trash/lib/macos-trash'), join(out, 'macos-trash'));
await cp(join(root, 'node_modules/trash/lib/windows-trash.exe'), join(out, 'windows-trash.exe'));
await cp(join(root, 'LICENSE'), join(out, 'LICENSE'));
await rm(finished, { recursive: true, force: true });
await rename(out, finished);

async function bundle(): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await bundleScript('cli/main.ts', 'strongroom', version);
  await bundleScript('core/worker.ts', 'worker', version);
  await bundleScript('core/keychain-worker.ts', 'keychain-worker', version);
  await chmod(join(out, 'strongroom.js'), 0o755);
  await writeFile(
    join(out, 'package.json'),
    `${JSON.stringify({ name: 'strongroom', version, type: 'module', bin: 'strongroom.js' }, null, 2)}\n`,
  );
}

/** All of them flat in one folder: what looks for a file beside its own script finds it from each. */
async function bundleScript(entry: string, name: string, version: string): Promise<void> {
  const build = await rolldown({
    input: { [name]: join(root, entry) },
    platform: 'node',
    external: [...COPIED, /^node:/],
    resolve: { mainFields: ['module', 'main'] }, // jsonc-parser's main is UMD, which no bundler can follow
    transform: { target: 'node22', define: { 'process.env.STRONGROOM_VERSION': JSON.stringify(version) } },
  });
  const { output } = await build.write({
    dir: out,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${name}-[name]-[hash].js`,
  });
  for (const file of output) {
    if (file.type === 'chunk' && UNFOLLOWED.test(file.code))
      throw new Error(`${file.fileName} asks for a module by a name made as it runs: copy its package.`);
  }
  await build.close();
}

/** Copies a package with everything it depends on, as npm would lay it out. */
async function copyPackage(name: string, modules: string, seen: Set<string>): Promise<void> {
  if (seen.has(name)) return;
  seen.add(name);
  const from = join(root, 'node_modules', name);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    await readFile(join(from, 'package.json'), 'utf8'),
  ) as { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> };
  await cp(from, join(modules, name), {
    recursive: true,
    filter: (source) => {
      const platform = /[/\\]prebuilds[/\\]([^/\\]+)/.exec(source)?.[1];
      return (platform === undefined || PREBUILDS.test(platform)) && !FONTS.test(source);
    },
  });
  for (const dependency of Object.keys(dependencies)) await copyPackage(dependency, modules, seen);
  // Of the binaries for each system, npm has installed the one for this machine.
  for (const binary of Object.keys(optionalDependencies)) {
    if (existsSync(join(root, 'node_modules', binary))) await copyPackage(binary, modules, seen);
  }
}
