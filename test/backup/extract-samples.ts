// Backups to list and extract: the fixtures with what they hold, and plain ones made for one test.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, lstatSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack, type Header } from 'tar-stream';
import { expect, onTestFinished } from 'vitest';

import { extract, type BackupKey } from '../../core/backup/index.ts';
import { loadSodium } from '../../core/securetar/index.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

type Part =
  | { readonly type: 'dir' }
  | { readonly type: 'file'; readonly size: number; readonly sha256: string }
  | { readonly type: 'symlink'; readonly target: string };

interface Expected {
  readonly password: string;
  readonly archives: Readonly<
    Record<string, { readonly parts: Readonly<Record<string, Readonly<Record<string, Part>>>> }>
  >;
}

export const expected = JSON.parse(readFileSync(`${FIXTURES}expected.json`, 'utf8')) as Expected;
export const sodium = await loadSodium();
export const keys: readonly BackupKey[] = [{ label: 'kit', password: Buffer.from(expected.password) }];

export function fixturePath(name: string): string {
  return join(FIXTURES, name);
}

/** A folder of its own, removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything below a folder: "dir", "link <target>" or "<size> <sha256>" by path. */
export function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  // Not readdir's `recursive`: that one follows links.
  const walk = (below: string): void => {
    for (const name of readdirSync(join(folder, below)).sort()) {
      const path = join(below, name);
      const stat = lstatSync(join(folder, path));
      if (stat.isSymbolicLink()) tree[path] = `link ${readlinkSync(join(folder, path))}`;
      else if (!stat.isDirectory()) tree[path] = describeContent(readFileSync(join(folder, path)));
      else {
        tree[path] = 'dir';
        walk(path);
      }
    }
  };
  walk('');
  return tree;
}

export function describeContent(content: Buffer | string): string {
  return `${Buffer.byteLength(content)} ${createHash('sha256').update(content).digest('hex')}`;
}

/** What extracting a fixture must give, in the form of `treeOf`; symbolic links are only recorded. */
export function expectedTree(name: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const [member, parts] of Object.entries(expected.archives[name]?.parts ?? {})) {
    tree[member] = 'dir';
    for (const [path, part] of Object.entries(parts)) {
      const below = join(member, path);
      if (part.type === 'dir') tree[below] = 'dir';
      if (part.type === 'file') tree[below] = `${part.size} ${part.sha256}`;
    }
  }
  return tree;
}

export interface Sample extends Partial<Header> {
  readonly name: string;
  readonly content?: string | Buffer;
}

/** A backup that is not encrypted, with these entries in these members. */
export async function plainBackup(
  folder: string,
  members: Readonly<Record<string, readonly Sample[]>>,
): Promise<string> {
  const samples: Sample[] = [{ name: './backup.json', content: JSON.stringify(METADATA) }];
  for (const [member, entries] of Object.entries(members)) {
    const suffix = /\.\w+$/.test(member) ? '' : '.tar';
    samples.push({ name: `./${member}${suffix}`, content: await tarOf(entries) });
  }
  const path = join(folder, 'backup.tar');
  writeFileSync(path, await tarOf(samples));
  return path;
}

async function tarOf(samples: readonly Sample[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of samples) {
    const full: Partial<Header> & { name: string } = {
      type: 'file',
      mtime: new Date(1_750_000_000_000),
      ...header,
    };
    if (full.type === 'file') tar.entry(full, content);
    else tar.entry(full);
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** A folder to extract into, inside one that must stay as it is. */
export async function sentinel(): Promise<{ readonly parent: string; readonly folder: string }> {
  const parent = await temporaryFolder();
  mkdirSync(join(parent, 'victim/data'), { recursive: true });
  writeFileSync(join(parent, 'victim/secret.txt'), 'untouched');
  mkdirSync(join(parent, 'deep/out'), { recursive: true });
  return { parent, folder: join(parent, 'deep/out') };
}

/** Everything but the output folder's content. */
export function outside(parent: string): Record<string, string> {
  return Object.fromEntries(Object.entries(treeOf(parent)).filter(([path]) => !path.startsWith('deep/out/')));
}

/** Extracts one member with these entries, and sees that nothing outside changes. */
export async function extractSamples(entries: readonly Sample[], options: { createLinks?: boolean } = {}) {
  const { parent, folder } = await sentinel();
  const path = await plainBackup(parent, { share: entries });
  const before = outside(parent);
  const report = await extract(path, { keys: [], folder, ...options }, sodium);
  expect(outside(parent)).toEqual(before);
  return { report, tree: treeOf(folder), folder, path, parent };
}

const METADATA = {
  version: 2,
  slug: '0badcafe',
  name: 'Sample',
  date: '2025-06-15T12:00:00+00:00',
  type: 'full',
  protected: false,
  compressed: false,
  crypto: null,
  supervisor_version: '2025.06.0',
  homeassistant: { version: '2025.6.0', exclude_database: false, size: 0.1 },
  addons: [],
  folders: [],
  repositories: [],
  docker: { registries: {} },
  extra: {},
};
