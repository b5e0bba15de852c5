// `node test/bench/match.ts`: 500 v3 backups of one installation under five keys, one after the other, matched by the real
// engine on all cores. The count of Argon2id runs is what the order of trying is good for; seconds depend on the machine.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';

import { inspect, openWith, readEntry, recode, verify, type MemberRunner } from '../../core/backup/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import { WorkerPool } from '../../core/jobs/index.ts';
import { matchKeys } from '../../core/library/match-keys.ts';
import type { LibraryServices } from '../../core/library/services.ts';
import { loadSodium, newV3Archive, sealV3, type V3Archive } from '../../core/securetar/index.ts';
import { BLOCK_BYTES, encodeTarHeader, paddedBytes } from '../../core/tar/index.ts';
import {
  generateHomeAssistantKey,
  measureStrength,
  openVault,
  type Keychain,
} from '../../core/vault/index.ts';
import type { MatchReport } from '../../shared/keys.ts';

const BACKUPS = Number(process.env['BENCH_BACKUPS'] ?? 500);
const KEYS = 5;
const DAY_MS = 86_400_000;
const refuse = (): Promise<never> => Promise.reject(new Error('the benchmark has no keychain'));
const NO_KEYCHAIN: Keychain = { read: refuse, write: refuse, remove: refuse };

const sodium = await loadSodium();
const folder = await mkdtemp(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'strongroom-match-'));
const pool = new WorkerPool({
  threads: availableParallelism(),
  start: () => new Worker(new URL('../../core/worker.ts', import.meta.url)),
});
const run: MemberRunner['run'] = (task, options) => pool.run(task, options) as never;
const runner: MemberRunner = { sodium, run };

try {
  print(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  const passwords = Array.from({ length: KEYS }, () => generateHomeAssistantKey());
  const paths = await generateBackups(passwords);
  const services = await openServices(passwords);
  pool.warmUp();
  print(`${BACKUPS} v3 backups, ${KEYS} keys, given in any order.\n`);
  print('| run | opened | Argon2id | seconds | backups/s |\n|---|---|---|---|---|');
  const given = inAnyOrder(paths);
  printRun('first', await matchKeys(services, given));
  printRun('again', await matchKeys(services, given));
  services.catalog.close();
} finally {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
}

async function openServices(passwords: readonly Buffer[]): Promise<LibraryServices> {
  const vault = openVault({ folder: join(folder, 'data'), sodium, keychain: NO_KEYCHAIN, idleLock: 'never' });
  await vault.create({ passphrase: Buffer.from('of the benchmark'), keychain: 'leave' });
  const keys = passwords.map(async (secret, index) => {
    const strength = await measureStrength(secret);
    return { label: `Key ${index + 1}`, secret, origin: 'generated', strength } as const;
  });
  await vault.add(await Promise.all(keys));
  return {
    vault,
    catalog: openCatalog(join(folder, 'data', 'catalog.sqlite')),
    engine: {
      inspect,
      openWith: (path, tried, signal) => openWith(path, tried, runner, signal),
      readEntry: (path, options) => readEntry(path, options, runner),
      recode: (path, options) => recode(path, options, runner),
      verify: (path, options) => verify(path, options, runner),
    },
    threads: availableParallelism(),
  };
}

/** Backups of one key share their root salt, which saves the generator time and the reader none: nothing outlives a backup there. */
async function generateBackups(passwords: readonly Buffer[]): Promise<string[]> {
  const archives = passwords.map((password) => newV3Archive(sodium, password));
  const plain = gzipSync(Buffer.alloc(10_240));
  const paths: string[] = [];
  for (let index = 0; index < BACKUPS; index++) {
    const archive = archives[Math.floor((index * KEYS) / BACKUPS)] as V3Archive;
    const options = { sodium, ...archive, plaintextSizeBytes: plain.length };
    const sealed = Buffer.concat(await Array.fromAsync(sealV3(piecesOf(plain), options)));
    const path = join(folder, `backup-${index}.tar`);
    await writeFile(path, outerTar({ './backup.json': metadataOf(index), 'homeassistant.tar.gz': sealed }));
    paths.push(path);
  }
  for (const { rootKey } of archives) rootKey.fill(0);
  return paths;
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function outerTar(parts: Readonly<Record<string, Buffer>>): Buffer {
  const blocks = Object.entries(parts).flatMap(([name, content]) => [
    encodeTarHeader({
      name,
      sizeBytes: content.length,
      typeFlag: '0',
      mode: 0o644,
      mtimeSeconds: 1_780_000_000,
    }),
    content,
    Buffer.alloc(paddedBytes(content.length) - content.length),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function metadataOf(index: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      slug: index.toString(16).padStart(8, '0'),
      version: 2,
      name: `Automatic backup ${index}`,
      date: new Date(Date.UTC(2025, 0, 1, 4, 45) + index * DAY_MS).toISOString(),
      type: 'partial',
      supervisor_version: '2026.04.0',
      homeassistant: { version: '2026.4.1', exclude_database: false, size: 1 },
      folders: [],
      addons: [],
      repositories: [],
      compressed: true,
      protected: true,
      extra: { instance_id: 'benchmark' },
    }),
  );
}

/** The same order in every run. */
function inAnyOrder(paths: readonly string[]): string[] {
  let state = 42;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  return paths
    .map((path) => ({ path, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ path }) => path);
}

function printRun(name: string, { backups, argon2idCount, durationMs }: MatchReport): void {
  const seconds = durationMs / 1000;
  const opened = backups.filter(({ outcome }) => outcome === 'opens').length;
  print(
    `| ${name} | ${opened} | ${argon2idCount} | ${seconds.toFixed(1)} | ${(backups.length / seconds).toFixed(0)} |`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
