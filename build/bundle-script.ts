// Makes one script from its sources and from the packages that it uses, all but those that are copied.

import { join } from 'node:path';

import { rolldown, type Plugin } from 'rolldown';

import { packageOf } from './copied-packages.ts';
import { root } from './root.ts';

export interface ScriptToBundle {
  /** From the root of the project. */
  readonly entry: string;
  readonly out: string;
  readonly name: string;
  /** Packages that lie beside the script. */
  readonly copied: readonly string[];
  readonly version: string;
  /** A sandboxed preload is one CommonJS file that may require nothing but `electron`. */
  readonly as?: 'preload';
}

/** A module that is asked for by a name which is known only when it runs: no bundler can follow. */
const UNFOLLOWED = /__require\((?!["'])/;

/**
 * The programs that move files to the trash lie beside the archive of a package, and so the script has to look there: Electron redirects
 * what a script starts from inside the archive only where it came by `require`.
 */
const TRASH_SCRIPT = /[/\\]trash[/\\]lib[/\\](?:macos|windows)\.js$/;
const trashBesideArchive: Plugin = {
  name: 'strongroom:trash-beside-archive',
  transform: {
    filter: { id: TRASH_SCRIPT },
    handler(code, id) {
      const changed = code.replace(
        /(new URL\('[\w.-]+', )import\.meta\.url\)/,
        "$1import.meta.url.replace('/app.asar/', '/app.asar.unpacked/'))",
      );
      if (changed === code) throw new Error(`${id} does not look for its program as it did.`);
      return changed;
    },
  },
};

/**
 * All scripts of a program lie flat in one folder: what looks for a file beside its own script finds it from each.
 * Returns the folders of the packages that went into it.
 */
export async function bundleScript(script: ScriptToBundle): Promise<Set<string>> {
  const { entry, out, name, copied, version, as } = script;
  const build = await rolldown({
    input: { [name]: join(root, entry) },
    platform: as === 'preload' ? 'browser' : 'node',
    external: as === 'preload' ? ['electron'] : ['electron', ...copied, /^node:/],
    plugins: [trashBesideArchive],
    resolve: { mainFields: ['module', 'main'] }, // jsonc-parser's main is UMD, which no bundler can follow
    transform: { target: 'node22', define: { 'process.env.STRONGROOM_VERSION': JSON.stringify(version) } },
  });
  const { output } = await build.write(
    as === 'preload'
      ? { dir: out, format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false }
      : { dir: out, format: 'esm', entryFileNames: '[name].js', chunkFileNames: `${name}-[name]-[hash].js` },
  );
  await build.close();
  const used = new Set<string>();
  for (const chunk of output) {
    if (chunk.type !== 'chunk') continue;
    if (UNFOLLOWED.test(chunk.code))
      throw new Error(`${chunk.fileName} asks for a module by a name made as it runs: copy its package.`);
    for (const id of chunk.moduleIds) {
      const folder = packageOf(id);
      if (folder !== null) used.add(folder);
    }
  }
  return used;
}
