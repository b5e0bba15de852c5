// `node test/bench/scan.ts`: a library of 10,000 small backups, one part of eight each under v3, in folders of 500: the first
// scan, which inspects them all from a warm cache, and scans in which nothing, or little, has changed.

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { inspect } from '../../core/backup/index.ts';
import { openCatalog, type Catalog } from '../../core/catalog/index.ts';
import { addFolder } from '../../core/library/folders.ts';
import { listBackups } from '../../core/library/list-backups.ts';
import { libraryStatus } from '../../core/library/library-status.ts';
import { scanFolders } from '../../core/library/scan-folders.ts';
import { loadSodium, newV3Archive, sealV3 } from '../../core/securetar/index.ts';
import { BLOCK_BYTES, RECORD_BYTES, encodeTarHeader, paddedBytes } from '../../core/tar/index.ts';
import type { ScanReport } from '../../shared/library.ts';

const BACKUPS = Number(process.env['BENCH_BACKUPS'] ?? 10_000);
const FOLDER_FILES = 500;
const SLUG = '00000000';
const NAMES = [
  'supervisor',
  'homeassistant',
  'core_mosquitto',
  'core_ssh',
  'a0d7b954_nodered',
  'share',
  'ssl',
  'media',
];

const folder = await mkdtemp(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'strongroom-scan-'));
try {
  print(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  const backups = join(folder, 'backups');
  const fileBytes = await generateBackups(backups);
  await warmCache(backups);
  const catalog = openCatalog(join(folder, 'catalog.sqlite'));
  const services = { catalog, engine: { inspect } };
  await addFolder(services, backups);
  print(
    `${BACKUPS} backups of ${fileBytes} bytes with ${NAMES.length} parts, in folders of ${FOLDER_FILES}.\n`,
  );
  print('| scan | files | inspected | seconds | files/s |\n|---|---|---|---|---|');
  printScan('first', await scanFolders(services));
  printScan('nothing changed', await scanFolders(services));
  await rename(join(backups, '0'), join(backups, 'renamed'));
  printScan('one folder renamed', await scanFolders(services));
  printQueries(catalog);
  catalog.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** One crafted backup, of which each file has a slug and salts of its own. Returns the size of one. */
async function generateBackups(into: string): Promise<number> {
  const { bytes, slugOffset, saltOffsets } = await craftBackup();
  for (let index = 0; index < BACKUPS; index++) {
    bytes.write(index.toString(16).padStart(SLUG.length, '0'), slugOffset, 'latin1');
    for (const offset of saltOffsets) randomBytes(16).copy(bytes, offset);
    const inside = join(into, String(Math.floor(index / FOLDER_FILES)));
    if (index % FOLDER_FILES === 0) await mkdir(inside, { recursive: true });
    await writeFile(join(inside, `Automatic_backup_${index}.tar`), bytes);
  }
  return bytes.length;
}

interface CraftedBackup {
  readonly bytes: Buffer;
  readonly slugOffset: number;
  /** Inside the headers of the parts; what a reader without a key looks at. */
  readonly saltOffsets: readonly number[];
}

async function craftBackup(): Promise<CraftedBackup> {
  const archive = newV3Archive(await loadSodium(), randomBytes(16));
  const sodium = await loadSodium();
  const blocks: Buffer[] = [];
  const saltOffsets: number[] = [];
  let offset = 0;
  const add = (...added: Buffer[]): void => {
    blocks.push(...added);
    for (const { length } of added) offset += length;
  };
  const addFile = (name: string, content: Buffer): void => {
    const record = Buffer.from('28 mtime=1780000000.1234567\n');
    add(headerOf('./PaxHeaders/x', record.length, 'x'), padded(record), headerOf(name, content.length, '0'));
    if (name.endsWith('.tar.gz')) saltOffsets.push(offset + 32);
    add(padded(content));
  };
  const plain = Buffer.from('an inner archive');
  for (const name of NAMES) {
    const options = { sodium, ...archive, plaintextSizeBytes: plain.length };
    addFile(`./${name}.tar.gz`, Buffer.concat(await Array.fromAsync(sealV3(pieces(plain), options))));
  }
  archive.rootKey.fill(0);
  addFile('./backup.json', Buffer.from(JSON.stringify(metadata())));
  add(Buffer.alloc(2 * BLOCK_BYTES));
  add(Buffer.alloc(Math.ceil(offset / RECORD_BYTES) * RECORD_BYTES - offset));
  const bytes = Buffer.concat(blocks);
  return { bytes, slugOffset: bytes.indexOf(`"slug":"${SLUG}"`) + '"slug":"'.length, saltOffsets };
}

function headerOf(name: string, sizeBytes: number, typeFlag: string): Buffer {
  return encodeTarHeader({ name, sizeBytes, typeFlag, mode: 0o644, mtimeSeconds: 1_780_000_000 });
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc(paddedBytes(content.length) - content.length)]);
}

function metadata(): unknown {
  return {
    version: 2,
    slug: SLUG,
    name: 'Automatic backup 2026.4.1',
    date: '2026-04-14T04:51:12.345678+00:00',
    type: 'partial',
    supervisor_version: '2026.04.0',
    protected: true,
    compressed: true,
    homeassistant: { version: '2026.4.1', exclude_database: false, size: 120.5 },
    folders: ['share', 'ssl', 'media'],
    addons: NAMES.filter((name) => name.includes('_')).map((slug) => ({
      slug,
      name: `Add-on ${slug}`,
      version: '1.0.0',
      size: 1.5,
    })),
    repositories: ['core', 'local', 'https://github.com/hassio-addons/repository'],
    extra: { instance_id: 'benchmark', with_automatic_settings: true },
  };
}

async function warmCache(root: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await readFile(join(entry.parentPath, entry.name));
}

function printScan(name: string, report: ScanReport): void {
  const seconds = report.durationMs / 1000;
  const found = [
    report.added,
    report.moved,
    report.copies,
    report.changed,
    report.returned,
    report.unreadable,
  ];
  const files = found.reduce((sum, { length }) => sum + length, report.unchangedCount);
  print(
    `| ${name} | ${files} | ${report.inspectedCount} | ${seconds.toFixed(2)} | ${(files / seconds).toFixed(0)} |`,
  );
}

function printQueries(catalog: Catalog): void {
  const listing = timed(() => listBackups({ catalog }, {}, null).length);
  const status = timed(() => libraryStatus({ catalog }, null).backupCount);
  print(
    `\nList of ${listing.value} backups: ${listing.seconds.toFixed(2)} s. Status: ${status.seconds.toFixed(2)} s.`,
  );
}

function timed<T>(work: () => T): { readonly value: T; readonly seconds: number } {
  const started = performance.now();
  const value = work();
  return { value, seconds: (performance.now() - started) / 1000 };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
