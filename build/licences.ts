// What licences.json says: of every package that is in the program, its licence in full. A package without one is an error of the
// build, because it may not be given on.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PackageLicence } from '../shared/window.ts';
import { root } from './root.ts';

/** For packages whose manifest only points to a file: what that is. */
const SAID_IN_THE_FILE: Record<string, string> = { 'dejavu-fonts-ttf': 'Bitstream-Vera' };
/** How the text of a licence begins, for packages whose manifest says nothing. */
const MIT_TITLE = /^(?:The )?MIT License\b/i;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
  readonly author?: string | { readonly name: string };
}

/** Sorted by name; Strongroom itself comes first. */
export async function collectLicences(folders: readonly string[]): Promise<PackageLicence[]> {
  const found = new Map<string, PackageLicence>();
  for (const folder of folders) {
    const licence = await readLicence(folder);
    found.set(`${licence.name}@${licence.version}`, licence);
  }
  const own = await readLicence(root);
  const others = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return [{ ...own, name: 'Strongroom' }, ...others];
}

async function readLicence(folder: string): Promise<PackageLicence> {
  const { name, version, license, author } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const texts: string[] = [];
  for (const file of (await readdir(folder)).sort()) {
    if (/^(?:licen[cs]e|copying|notice)(?:[.-][\w.-]+)?$/i.test(file) && !/\.[cm]?[jt]s$/i.test(file)) {
      texts.push((await readFile(join(folder, file), 'utf8')).trim());
    }
  }
  const said = typeof license === 'string' ? license : license?.type;
  const licence = SAID_IN_THE_FILE[name] ?? said ?? (MIT_TITLE.test(texts[0] ?? '') ? 'MIT' : undefined);
  if (licence === undefined) throw new Error(`The package “${name}” does not say its licence.`);
  if (texts.length === 0) {
    const by = typeof author === 'string' ? author : (author?.name ?? 'its authors');
    texts.push(`By ${by}, under ${licence}. The package brings no text of its licence.`);
  }
  return { name, version, licence, text: texts.join('\n\n') };
}
