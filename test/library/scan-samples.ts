// A library of real folders without a vault, tiny backups to put into them, and what a scan says in few words.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import { openCatalog, type Catalog } from '../../core/catalog/index.ts';
import { addFolder } from '../../core/library/folders.ts';
import { scanFolders, type ScanOptions, type ScanServices } from '../../core/library/scan-folders.ts';
import type { LibraryFolder, ScanReport } from '../../shared/library.ts';
import { innerTar, metadata, outer } from '../backup/crafted-backups.ts';
import { scratch } from '../support/fixtures.ts';

const PART = { name: './homeassistant.tar.gz', content: gzipSync(innerTar({ 'data/x': 'x' })) };

/** A plain backup with a content of its own for each name; sizes differ with the lengths of the names. */
export function backupBytes(content: string): Buffer {
  const slug = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const filler = { name: `./${slug}.bin`, content: Buffer.alloc(10_240 * content.length, slug) };
  return outer([metadata({ slug, name: content }), PART, filler]);
}

/** Writes a backup, and the folders that it is in. */
export function putBackup(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, backupBytes(content));
  return path;
}

/** What a scan said, by paths below the library's place; nothing for what is empty. */
export type ScanWords = Partial<
  Record<'added' | 'copies' | 'changed' | 'returned' | 'missing' | 'unreadable', string[]>
> & { unchanged?: number; moved?: string[]; problems?: string[]; inspected: number };

export interface ScanLibrary extends ScanServices {
  readonly catalog: Catalog;
  /** Everything of this test is in it. */
  readonly place: string;
  /** The one folder that the library has from the start. */
  readonly folder: LibraryFolder;
  readonly inspected: string[];
  beforeInspecting: (path: string) => Promise<void> | void;
  path(name: string): string;
  put(name: string, content?: string): string;
  scan(options?: ScanOptions): Promise<ScanWords>;
  /** Paths below the place, with what state they are in where they are not present. */
  files(): Record<string, string>;
}

/** With one empty folder, `backups`, that was never scanned. */
export async function makeScanLibrary(): Promise<ScanLibrary> {
  const place = await newFolderThatGoes();
  const catalog = openCatalog(join(place, 'data', 'catalog.sqlite'));
  onTestFinished(() => catalog.close());
  await mkdir(join(place, 'backups'));
  const inspected: string[] = [];
  const library: ScanLibrary = {
    catalog,
    place,
    inspected,
    folder: await addFolder({ catalog }, join(place, 'backups')),
    beforeInspecting: () => undefined,
    engine: {
      inspect: async (path) => {
        inspected.push(path);
        await library.beforeInspecting(path);
        return inspect(path);
      },
    },
    path: (name) => join(place, name),
    put: (name, content = name) => putBackup(join(place, name), content),
    scan: async (options) => wordsOf(await scanFolders(library, options), place),
    files: () =>
      Object.fromEntries(
        catalog.library
          .backups({}, null, null)
          .flatMap((backup) =>
            backup.copies.map(({ path, state }) => [relative(place, path), state] as const),
          )
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
  };
  return library;
}

function wordsOf(report: ScanReport, place: string): ScanWords {
  const shown = (path: string): string => relative(place, path);
  const lists = {
    added: report.added.map(shown),
    copies: report.copies.map(shown),
    changed: report.changed.map(shown),
    returned: report.returned.map(shown),
    missing: report.missing.map(shown),
    moved: report.moved.map(({ from, to }) => `${shown(from)} → ${shown(to)}`),
    unreadable: report.unreadable.map(({ path, error }) => `${shown(path)}: ${error.code}`),
    problems: report.folders.flatMap(({ path, problem }) =>
      problem === null ? [] : [`${shown(path)}: ${problem.code}`],
    ),
  };
  const said = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  return {
    ...said,
    ...(report.unchangedCount === 0 ? {} : { unchanged: report.unchangedCount }),
    inspected: report.inspectedCount,
  };
}

/** Runs `work` as a user who owns nothing, where the tests run as root; else as who they are. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process;
  if (geteuid === undefined || seteuid === undefined || geteuid() !== 0) return work();
  seteuid(65_534);
  try {
    return await work();
  } finally {
    seteuid(0);
  }
}

/** Others may look into it. */
async function newFolderThatGoes(): Promise<string> {
  const folder = await scratch();
  await chmod(folder, 0o755);
  return folder;
}
