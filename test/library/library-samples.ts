// A library on a real vault and a real catalogue in a folder of its own, and tiny backups to match. Argon2id is replaced
// by one that costs nothing and is counted, on both sides, so that hundreds of v3 backups can be made.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

import {
  inlineRunner,
  inspect,
  openWith,
  readEntry,
  recode,
  verify,
  type MemberRunner,
} from '../../core/backup/index.ts';
import { openCatalog, type Catalog } from '../../core/catalog/index.ts';
import type { LibraryEngine, LibraryServices } from '../../core/library/services.ts';
import { loadSodium, newV3Archive, sealV3, type SodiumProvider } from '../../core/securetar/index.ts';
import type { Vault } from '../../core/vault/index.ts';
import { innerTar, metadata, outer, sealedV2, type Part } from '../backup/crafted-backups.ts';
import { collect, inPieces } from '../securetar/pieces.ts';
import { scratch } from '../support/fixtures.ts';
import { makeVault, newKey } from '../vault/vault-fixture.ts';

export interface CheapSodium extends SodiumProvider {
  /** Passwords that Argon2id was asked for, in order. */
  readonly asked: string[];
}

const real = await loadSodium();

export function cheapSodium(): CheapSodium {
  const asked: string[] = [];
  const argon2id = (password: Uint8Array, salt: Uint8Array): Buffer => {
    asked.push(Buffer.from(password).toString());
    return createHash('sha256').update(password).update(salt).digest();
  };
  return Object.assign(Object.create(real) as SodiumProvider, { asked, argon2id });
}

/** The engine with everything it was asked for. */
export class WatchedEngine implements LibraryEngine {
  readonly inspected: string[] = [];
  readonly tried: { readonly path: string; readonly labels: readonly string[] }[] = [];
  /** Plans included. */
  readonly recoded: {
    readonly path: string;
    readonly labels: readonly string[];
    readonly isPlan: boolean;
  }[] = [];
  readonly verified: { readonly path: string; readonly labels: readonly string[] }[] = [];
  beforeInspecting: (path: string) => void = () => undefined;
  /** Called before keys are tried. */
  beforeTrying: (path: string) => Promise<void> | void = () => undefined;
  /** Called before a backup is rewritten, not before that is planned. */
  beforeRecoding: (path: string) => Promise<void> | void = () => undefined;
  beforeVerifying: (path: string) => Promise<void> | void = () => undefined;
  readonly #runner: MemberRunner;

  constructor(runner: MemberRunner) {
    this.#runner = runner;
  }

  readonly inspect: LibraryEngine['inspect'] = (path) => {
    this.inspected.push(path);
    this.beforeInspecting(path);
    return inspect(path);
  };

  readonly openWith: LibraryEngine['openWith'] = async (path, keys, signal) => {
    this.tried.push({ path, labels: keys.map(({ label }) => label) });
    await this.beforeTrying(path);
    return openWith(path, keys, this.#runner, signal);
  };

  readonly readEntry: LibraryEngine['readEntry'] = (path, options) => readEntry(path, options, this.#runner);

  readonly recode: LibraryEngine['recode'] = async (path, options) => {
    const isPlan = options.dryRun === true;
    this.recoded.push({ path, labels: options.keys.map(({ label }) => label), isPlan });
    if (!isPlan) await this.beforeRecoding(path);
    return recode(path, options, this.#runner);
  };

  readonly verify: LibraryEngine['verify'] = async (path, options) => {
    this.verified.push({ path, labels: options.keys.map(({ label }) => label) });
    await this.beforeVerifying(path);
    return verify(path, options, this.#runner);
  };

  forget(): void {
    this.inspected.length = 0;
    this.tried.length = 0;
    this.recoded.length = 0;
    this.verified.length = 0;
  }
}

export interface TestLibrary extends LibraryServices {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly engine: WatchedEngine;
  readonly sodium: CheapSodium;
  readonly folder: string;
  /** Adds keys in one write; each password is its own label. Returns the ids in order. */
  addKeys(...passwords: string[]): Promise<string[]>;
}

/** @param runner the cheap Argon2id on the calling thread unless given */
export async function makeLibrary(threads = 1, runner?: MemberRunner): Promise<TestLibrary> {
  const { vault, folder } = await makeVault({ idleLock: 'never' });
  const catalog = openCatalog(join(folder, 'catalog.sqlite'));
  onTestFinished(() => catalog.close());
  const sodium = cheapSodium();
  const engine = new WatchedEngine(runner ?? inlineRunner(sodium));
  const addKeys = async (...passwords: string[]): Promise<string[]> => {
    const added = await vault.add(passwords.map((password) => newKey(password, password)));
    return added.map(({ key }) => key.id);
  };
  return { vault, catalog, engine, threads, sodium, folder, addKeys };
}

export interface TinyBackup {
  readonly password?: string | null;
  readonly format?: 'v2' | 'v3';
  readonly date?: string;
  readonly instanceId?: string;
  readonly name?: string;
  /** Contents of the homeassistant part, by entry name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly metadataVersion?: number;
}

const INNER = gzipSync(innerTar({ 'data/configuration.yaml': 'default_config:\n' }));

/** A backup with one part; plain without a password. The cheap Argon2id opens it, not the real one. */
export async function tinyBackup(path: string, tiny: TinyBackup = {}): Promise<string> {
  const {
    password = null,
    format = 'v3',
    date = '2025-06-15T12:00:00.000Z',
    files,
    metadataVersion = 2,
  } = tiny;
  const plain = files === undefined ? INNER : gzipSync(innerTar(files));
  const slug = createHash('sha256').update(path).digest('hex').slice(0, 8);
  const part: Part = { name: './homeassistant.tar.gz', content: await sealed(plain, password, format) };
  const description = metadata({
    slug,
    version: metadataVersion,
    name: tiny.name ?? `Backup ${slug}`,
    date,
    protected: password !== null,
    extra: tiny.instanceId === undefined ? {} : { instance_id: tiny.instanceId },
  });
  writeFileSync(path, outer([description, part]));
  return path;
}

export async function sealed(plain: Buffer, password: string | null, format: 'v2' | 'v3'): Promise<Buffer> {
  if (password === null) return plain;
  if (format === 'v2') return sealedV2(plain, password);
  const archive = newV3Archive(cheapSodium(), Buffer.from(password));
  return collect(
    sealV3(inPieces(plain, 65_536), { sodium: real, ...archive, plaintextSizeBytes: plain.length }),
  );
}

/** ISO date of a day, counted from the first of January 2025. */
export function day(index: number): string {
  return new Date(Date.UTC(2025, 0, 1 + index, 3)).toISOString();
}

/** A folder for backups that goes with the test. */
export const backupFolder = scratch;
