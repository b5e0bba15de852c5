// Packages of npm as they lie in node_modules: which one a file is of, and copying one with all that it needs.

import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { root } from './root.ts';

/** What a program loads, and the licences; not sources, declarations and notes. */
const NEEDED = /\.(?:[cm]?js|json|node|wasm|ttf)$|(?:^|[/\\])licen[cs]e[^/\\]*$/i;
/** Of the fonts, those that the page to print is set in. */
const FONTS = /(?:^|[/\\])DejaVu(?!(?:Sans|Sans-Bold|SansMono)\.ttf$)/;
/** Systems that the program runs on; the packages bring more. */
const PREBUILDS = /^(linux|darwin|win32)-(x64|arm64)$/;

/** The folder of the package that a module is from; null for one of ours. */
export function packageOf(moduleId: string): string | null {
  const found = /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(moduleId.replace(/^\0/, ''));
  return found?.[0] ?? null;
}

/** Copies a package with everything it depends on, as npm would lay it out; adds their folders to `seen`. */
export async function copyPackage(name: string, modules: string, seen: Set<string>): Promise<void> {
  const from = join(root, 'node_modules', name);
  if (seen.has(from)) return;
  seen.add(from);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    await readFile(join(from, 'package.json'), 'utf8'),
  ) as { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> };
  for (const path of await readdir(from, { recursive: true })) {
    if (!isNeeded(path) || !(await stat(join(from, path))).isFile()) continue;
    await mkdir(dirname(join(modules, name, path)), { recursive: true });
    await copyFile(join(from, path), join(modules, name, path));
  }
  for (const dependency of Object.keys(dependencies)) await copyPackage(dependency, modules, seen);
  // Of the binaries for each system, npm has installed the one for this machine.
  for (const binary of Object.keys(optionalDependencies)) {
    if (existsSync(join(root, 'node_modules', binary))) await copyPackage(binary, modules, seen);
  }
}

function isNeeded(path: string): boolean {
  const platform = /(?:^|[/\\])prebuilds[/\\]([^/\\]+)/.exec(path)?.[1];
  return NEEDED.test(path) && !FONTS.test(path) && (platform === undefined || PREBUILDS.test(platform));
}
