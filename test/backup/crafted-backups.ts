// Backups put together part by part, without the code that reads them, for everything the fixtures do not show.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { verify, inlineRunner, type BackupKey } from '../../core/backup/index.ts';
import {
  deriveLegacyKey,
  loadSodium,
  newV3Archive,
  sealV2,
  sealV3,
  type SodiumProvider,
} from '../../core/securetar/index.ts';
import type { BackupVerification, VerifyLevel } from '../../shared/backup.ts';
import { collect, inPieces } from '../securetar/pieces.ts';
import { scratch } from '../support/fixtures.ts';
import { block, padded, pax, type BlockFields } from '../tar/tar-blocks.ts';

export const sodium = await loadSodium();
export const runner = inlineRunner(sodium);

export interface Part extends Omit<BlockFields, 'size'> {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly pax?: Readonly<Record<string, string>>;
  /** What the header says, where that is another size than the content's. */
  readonly statedSize?: number;
}

const METADATA = {
  version: 2,
  slug: '0badcafe',
  name: 'Sample',
  date: '2025-06-15T12:00:00+00:00',
  type: 'full',
  protected: false,
  compressed: true,
  supervisor_version: '2024.06.0',
  homeassistant: { version: '2024.6.0', exclude_database: false, size: 0.1 },
  addons: [] as unknown[],
  folders: [] as string[],
  repositories: [] as string[],
  extra: {},
};

/** `backup.json` as a Supervisor writes it; fields set to undefined are left out. */
export function metadata(changes: Readonly<Record<string, unknown>> = {}, name = './backup.json'): Part {
  return { name, content: JSON.stringify({ ...METADATA, ...changes }) };
}

/** The outer tar: the parts, the end mark and the rounding to a record. */
export function outer(parts: readonly Part[]): Buffer {
  const body = outerWithoutEnd(parts);
  return Buffer.concat([body, Buffer.alloc(Math.ceil((body.length + 1024) / 10_240) * 10_240 - body.length)]);
}

export function outerWithoutEnd(parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.flatMap(({ content = '', pax: records, statedSize, ...fields }) => [
      ...(records === undefined ? [] : [pax(records)]),
      block({ ...fields, size: statedSize ?? Buffer.byteLength(content) }),
      padded(content),
    ]),
  );
}

/** An inner tar, a whole number of records long. */
export function innerTar(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return outer(Object.entries(files).map(([name, content]) => ({ name, content })));
}

/** A gzip member with one file in it. */
export function small(name: string): Part {
  return { name, content: gzipSync(innerTar({ './file.txt': `in ${name}` })) };
}

export const HOME_ASSISTANT: Part = {
  name: './homeassistant.tar.gz',
  content: gzipSync(innerTar({ 'data/configuration.yaml': 'default_config:\n' })),
};

/** One v3 archive's shared keys: one Argon2id for all the parts sealed with it. */
export function v3Sealer(password: string): (plain: Buffer) => Promise<Buffer> {
  const archive = newV3Archive(sodium, Buffer.from(password));
  return (plain) =>
    collect(sealV3(inPieces(plain, 65_536), { sodium, ...archive, plaintextSizeBytes: plain.length }));
}

export function sealedV2(plain: Buffer, password: string): Promise<Buffer> {
  const key = deriveLegacyKey(Buffer.from(password));
  return collect(sealV2(inPieces(plain, 65_536), { key, plaintextSizeBytes: plain.length }));
}

/** As libsodium, but each Argon2id is run once, and every one asked for is noted. */
export function countingSodium(): SodiumProvider & { readonly asked: string[] } {
  const known = new Map<string, Buffer>();
  const asked: string[] = [];
  const argon2id = (password: Uint8Array, salt: Uint8Array): Buffer => {
    const id = `${Buffer.from(password).toString()} ${Buffer.from(salt).toString('hex')}`;
    asked.push(id);
    const derived = known.get(id) ?? sodium.argon2id(password, salt);
    known.set(id, derived);
    return Buffer.from(derived); // whoever gets it wipes it
  };
  return Object.assign(Object.create(sodium) as SodiumProvider, { asked, argon2id });
}

/** Writes a backup into a folder of its own that goes with the test. */
export async function write(parts: readonly Part[] | Buffer, name = 'backup.tar'): Promise<string> {
  const path = join(await scratch(), name);
  writeFileSync(path, Buffer.isBuffer(parts) ? parts : outer(parts));
  return path;
}

export function check(
  path: string,
  level: VerifyLevel = 'full',
  keys: readonly BackupKey[] = [],
): Promise<BackupVerification> {
  return verify(path, { level, keys }, runner);
}
