// Backups for the repair and salvage tests: fixtures, ones built entry by entry, and what a backup holds in the end,
// read without the code under test and, where it matters, by the independent reader in Python.

import { spawnSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { expect, onTestFinished } from 'vitest';

import { openBackup } from '../../core/backup/file/backup-file.ts';
import { inlineRunner, verify, type BackupKey } from '../../core/backup/index.ts';
import { KeyRing } from '../../core/backup/open/key-ring.ts';
import { openPlaintext } from '../../core/backup/open/member-source.ts';
import { openMembers, sourceOf } from '../../core/backup/open/open-member.ts';
import {
  deriveLegacyIv,
  deriveLegacyKey,
  loadSodium,
  newV3Archive,
  sealV2,
  sealV3,
} from '../../core/securetar/index.ts';
import { encodePax, encodeTarHeader, paddedBytes, withSize } from '../../core/tar/index.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const READER = fileURLToPath(new URL('../independent/read_backup.py', import.meta.url));

/** size and SHA-256 of a file, or what else the entry is. */
export type Files = Readonly<Record<string, string>>;

interface Expected {
  readonly password: string;
  readonly archives: Readonly<
    Record<
      string,
      { readonly parts: Record<string, Record<string, { type: string; size?: number; sha256?: string }>> }
    >
  >;
  readonly bad: Readonly<Record<string, unknown>>;
  readonly shapes: Readonly<Record<string, unknown>>;
}

export const expected = JSON.parse(readFileSync(`${FIXTURES}expected.json`, 'utf8')) as Expected;
export const password = Buffer.from(expected.password);
export const otherPassword = Buffer.from('OTHR-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE');
export const keys: readonly BackupKey[] = [{ label: 'kit', password }];
export const sodium = await loadSodium();
export const runner = inlineRunner(sodium);

export function fixture(name: string): Buffer {
  return readFileSync(join(FIXTURES, name));
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-repair-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The bytes as a file with an old date, and a folder for the output; the file must be the same after the test. */
export async function asInput(bytes: Buffer, name = 'backup.tar'): Promise<{ path: string; folder: string }> {
  const path = join(await temporaryFolder(), name);
  const folder = await temporaryFolder();
  const mtime = new Date('2026-02-03T04:05:06Z');
  writeFileSync(path, bytes);
  utimesSync(path, mtime, mtime);
  onTestFinished(() => {
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mtime).toEqual(mtime);
  });
  return { path, folder };
}

/** What expected.json says a good backup holds, regular files only. */
export function expectedFiles(archive: string): Record<string, Files> {
  const parts = expected.archives[archive]?.parts ?? {};
  const files = Object.entries(parts).map(([part, entries]) => {
    const regular = Object.entries(entries).filter(([, { type }]) => type === 'file');
    return [part, Object.fromEntries(regular.map(([name, { size, sha256 }]) => [name, `${size} ${sha256}`]))];
  });
  return Object.fromEntries(files) as Record<string, Files>;
}

/** Every regular file of every part that opens, gunzipped strictly; hard links as the file that they name. */
export async function filesOf(path: string, using = keys): Promise<Record<string, Files>> {
  const backup = await openBackup(path);
  const ring = new KeyRing(sodium, using);
  try {
    const all: Record<string, Files> = {};
    for (const opened of await openMembers(backup, ring)) {
      if (opened.error !== null) continue;
      const { name, variant } = opened.member;
      const parts: Buffer[] = [];
      for await (const piece of openPlaintext(backup.handle, sourceOf(path, opened, ring), sodium))
        parts.push(piece);
      const stored = Buffer.concat(parts);
      all[name] = await tarFiles(inflate(variant === 'v1' ? withoutV1Tail(stored) : stored));
    }
    return all;
  } finally {
    ring.wipe();
    await backup.close();
  }
}

export async function tarFiles(tar: Buffer): Promise<Files> {
  const files: Record<string, string> = {};
  const stream = extract();
  stream.end(tar);
  for await (const entry of stream) {
    const { name, type, linkname } = entry.header;
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    const content = Buffer.concat(parts);
    if (type === 'file') files[name] = `${content.length} ${sha256(content)}`;
    if (type === 'link') files[name] = files[linkname] ?? `link to ${linkname}`;
  }
  return files;
}

function inflate(stored: Buffer): Buffer {
  return stored[0] === 0x1f && stored[1] === 0x8b ? gunzipSync(stored) : stored;
}

/** The v1 writer's padded end as the gzip it was meant to be, found by trying: a test may. */
function withoutV1Tail(stored: Buffer): Buffer {
  if (stored[0] !== 0x1f) return stored;
  const trailer = Buffer.concat([stored.subarray(-32, -28), stored.subarray(-16, -12)]);
  for (let padding = 0; padding < 16; padding++) {
    const candidate = Buffer.concat([stored.subarray(0, -32 - padding), trailer]);
    try {
      gunzipSync(candidate);
      return candidate;
    } catch {
      continue; // another padding
    }
  }
  throw new Error('no v1 gzip');
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The whole result is good, and the second reader says the same. */
export async function requireGood(path: string, using = keys): Promise<Awaited<ReturnType<typeof verify>>> {
  const verification = await verify(path, { keys: using, level: 'full' }, runner);
  expect(verification.error).toBeNull();
  expect(verification.status).toBe('good');
  return verification;
}

const hasPython =
  spawnSync('/usr/bin/python3', ['-c', 'import nacl, cryptography']).status === 0 ||
  process.env['CI'] !== undefined;
if (!hasPython)
  process.stderr.write(
    'The independent reader is not run: python3-nacl and python3-cryptography are missing.\n',
  );

/** What the independent reader finds, by part; null where Python is not there (said once, never in CI). */
export function readIndependently(path: string): Record<string, Record<string, unknown>> | null {
  if (!hasPython) return null;
  const result = spawnSync('/usr/bin/python3', [READER, '--strict-gzip', path], {
    env: { ...process.env, STRONGROOM_TEST_PASSWORD: expected.password },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
  return JSON.parse(result.stdout) as Record<string, Record<string, unknown>>;
}

export interface Entry {
  readonly name: string;
  readonly content: Buffer;
  readonly pax?: Readonly<Record<string, string>>;
  /** What the ustar field says; the content's size unless told. */
  readonly statedBytes?: number;
}

export function buildTar(entries: readonly Entry[], closingBytes = 1024): Buffer {
  const blocks = entries.flatMap(({ name, content, pax, statedBytes }) => {
    const header = encodeTarHeader({
      name,
      sizeBytes: 0,
      typeFlag: '0',
      mode: 0o644,
      mtimeSeconds: 1_700_000_000,
    });
    const own = [withSize(header, statedBytes ?? content.length), padded(content)];
    if (pax === undefined) return own;
    const body = encodePax(new Map(Object.entries(pax)));
    const fields = {
      name: '././@PaxHeader',
      sizeBytes: body.length,
      typeFlag: 'x',
      mode: 0,
      mtimeSeconds: 0,
    };
    return [encodeTarHeader(fields), padded(body), ...own];
  });
  return Buffer.concat([...blocks, Buffer.alloc(closingBytes)]);
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc(paddedBytes(content.length) - content.length)]);
}

export function metadataFor(changes: Readonly<Record<string, unknown>> = {}): Buffer {
  const json = {
    slug: '0badcafe',
    version: 2,
    name: 'Crafted',
    date: '2026-05-05T00:00:00+00:00',
    type: 'partial',
    supervisor_version: '2026.03.2',
    homeassistant: null,
    folders: [],
    addons: [],
    compressed: true,
    protected: false,
    repositories: [],
    extra: {},
    ...changes,
  };
  return Buffer.from(JSON.stringify(json));
}

export async function sealedV3(content: Buffer, withPassword = password): Promise<Buffer> {
  const archive = newV3Archive(sodium, withPassword);
  return gather(sealV3(pieces(content), { sodium, ...archive, plaintextSizeBytes: content.length }));
}

export async function sealedV2(content: Buffer, withPassword = password): Promise<Buffer> {
  return gather(
    sealV2(pieces(content), { key: deriveLegacyKey(withPassword), plaintextSizeBytes: content.length }),
  );
}

/** As the v1 writer left it: for a gzip stream, each of its last three writes padded by itself. */
export function sealedV1(content: Buffer): Promise<Buffer> {
  const key = deriveLegacyKey(password);
  const salt = Buffer.alloc(16, 7);
  const cipher = createCipheriv('aes-128-cbc', key, deriveLegacyIv(key, salt)).setAutoPadding(false);
  const deflate = content.subarray(0, -8);
  const padding = (16 - (deflate.length % 16)) % 16;
  const tail = [
    Buffer.alloc(padding, padding),
    content.subarray(-8, -4),
    TWELVE,
    content.subarray(-4),
    TWELVE,
  ];
  return Promise.resolve(
    Buffer.concat([salt, cipher.update(Buffer.concat([deflate, ...tail])), cipher.final()]),
  );
}

const TWELVE = Buffer.alloc(12, 0x0c);

async function* pieces(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

async function gather(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
