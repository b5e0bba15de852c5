// Builds the engine once, for Electron, the command line and the tests alike.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type {
  ArchiveEntry,
  BackupInspection,
  BackupVerification,
  ExtractReport,
  KeyMatch,
  RecodeReport,
  SalvageReport,
} from '../shared/backup.ts';
import type { KeyStrength } from '../shared/keys.ts';
import {
  extract,
  inlineRunner,
  inspect,
  list,
  openWith,
  pooledRunner,
  readEntry,
  recode,
  repair,
  salvage,
  verify,
  type BackupKey,
  type ExtractOptions,
  type InspectOptions,
  type ListOptions,
  type RecodeOptions,
  type RepairOptions,
  type SalvageOptions,
  type VerifyOptions,
} from './backup/index.ts';
import { WorkerPool } from './jobs/index.ts';
import { openLibrary, type Library } from './library/index.ts';
import { loadSodium } from './securetar/index.ts';
import {
  excludeFromCoreDumps,
  measureStrength,
  openVault,
  systemKeychain,
  type Keychain,
  type Vault,
} from './vault/index.ts';

const CATALOG_NAME = 'catalog.sqlite';

export interface StrongroomOptions {
  /** Where the vault and the catalogue are, or will be (see core/data-folder.ts). */
  readonly dataFolder: string;
  /** 'never' for a host that ends with its work, so that the vault is not locked in the middle of it. */
  readonly idleLock?: 'as-set' | 'never';
  /** The system's unless told. */
  readonly keychain?: Keychain;
  /** Aborted when the host wants to stop: what waits for the system's keychain gives up. */
  readonly signal?: AbortSignal;
  /** Worker threads; as many as the machine has cores unless told, 0 for none. */
  readonly threads?: number;
}

/** Everything Strongroom can do. All calls reject with a StrongroomError (see shared/errors.ts). */
export interface Strongroom {
  /** 'wasm' takes two to three times as long: say so. */
  readonly sodium: 'native' | 'wasm';
  readonly vault: Vault;
  readonly library: Library;
  measureStrength(password: Buffer): Promise<KeyStrength>;
  inspect(path: string, options?: InspectOptions): Promise<BackupInspection>;
  openWith(path: string, keys: readonly BackupKey[], signal?: AbortSignal): Promise<KeyMatch>;
  verify(path: string, options: VerifyOptions): Promise<BackupVerification>;
  recode(path: string, options: RecodeOptions): Promise<RecodeReport>;
  repair(path: string, options: RepairOptions): Promise<RecodeReport>;
  salvage(path: string, options: SalvageOptions): Promise<SalvageReport>;
  list(path: string, options: ListOptions): AsyncGenerator<ArchiveEntry>;
  extract(path: string, options: ExtractOptions): Promise<ExtractReport>;
  close(): Promise<void>;
}

/** Opens the engine. Touches no file yet. Close it when done: it owns the worker threads and the vault's secrets. */
export async function openStrongroom(options: StrongroomOptions): Promise<Strongroom> {
  excludeFromCoreDumps();
  const sodium = await loadSodium();
  const threads = options.threads ?? availableParallelism();
  const pool = threads > 0 ? new WorkerPool({ threads, start: () => startScript('worker') }) : null;
  const runner = pool === null ? inlineRunner(sodium) : pooledRunner(sodium, pool);
  const { dataFolder: folder, idleLock = 'as-set', signal } = options;
  const startWorker = (): Worker => startScript('keychain-worker');
  const keychain =
    options.keychain ?? systemKeychain({ startWorker, ...(signal === undefined ? {} : { signal }) });
  const vault = openVault({ folder, sodium, keychain, idleLock });
  const open: Strongroom['openWith'] = (path, keys, signal) => openWith(path, keys, runner, signal);
  const verifyOne: Strongroom['verify'] = (path, verifyOptions) => {
    if (verifyOptions.level !== 'quick') pool?.warmUp();
    return verify(path, verifyOptions, runner);
  };
  const recodeOne: Strongroom['recode'] = (path, recodeOptions) => {
    if (recodeOptions.dryRun !== true) pool?.warmUp();
    return recode(path, recodeOptions, runner);
  };
  const library = openLibrary({
    vault,
    catalogPath: join(folder, CATALOG_NAME),
    engine: {
      inspect,
      openWith: open,
      readEntry: (path, wanted) => readEntry(path, wanted, runner),
      recode: recodeOne,
      verify: verifyOne,
    },
    threads: Math.max(1, threads),
  });
  return {
    sodium: sodium.name,
    vault,
    library,
    measureStrength,
    inspect,
    openWith: open,
    verify: verifyOne,
    recode: recodeOne,
    repair: (path, repairOptions) => repair(path, repairOptions, runner),
    salvage: (path, salvageOptions) => salvage(path, salvageOptions, runner),
    list: (path, listOptions) => list(path, listOptions, sodium),
    extract: (path, extractOptions) => extract(path, extractOptions, sodium),
    close: async () => {
      await library.close(); // what runs needs its keys until it has stopped
      vault.lock();
      await pool?.close();
    },
  };
}

/** The scripts of threads lie beside this one, in the sources as in a build; of a packed program, beside its archive. */
function startScript(name: 'worker' | 'keychain-worker'): Worker {
  const own = import.meta.url.replace('/app.asar/', '/app.asar.unpacked/');
  return new Worker(new URL(`./${name}${own.endsWith('.ts') ? '.ts' : '.js'}`, own));
}
