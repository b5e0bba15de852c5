// A library on a disk for tests with real processes: a data folder with a vault whose passphrase costs next to nothing, and
// a folder of small v2 backups. It is made once and copied for every test; loaded by child processes, too.

import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { inspect, openWith, readEntry, recode, verify, type MemberRunner } from '../../core/backup/index.ts';
import { openLibrary, type Library, type LibraryDesk } from '../../core/library/index.ts';
import { loadSodium, type SodiumProvider } from '../../core/securetar/index.ts';
import { Vault } from '../../core/vault/vault.ts';
import { CHEAP, MemoryKeychain, newKey } from '../vault/vault-parts.ts';

const PASSPHRASE = 'correct horse battery staple';

export interface LibraryPlace {
  /** Everything is in it. */
  readonly folder: string;
  readonly data: string;
  readonly catalog: string;
  readonly backups: string;
  /** XDG_DATA_HOME: where the trash is. */
  readonly home: string;
}

export function placeAt(folder: string): LibraryPlace {
  const data = join(folder, 'data');
  return {
    folder,
    data,
    catalog: join(data, 'catalog.sqlite'),
    backups: join(folder, 'backups'),
    home: join(folder, 'home'),
  };
}

/** Makes the folders and a vault with these keys; each is its own label. Returns their ids. */
export async function makePlace(place: LibraryPlace, ...passwords: string[]): Promise<string[]> {
  for (const folder of [place.data, place.backups, place.home]) await mkdir(folder, { recursive: true });
  const vault = cheapVault(place, await loadSodium());
  await vault.create({ passphrase: Buffer.from(PASSPHRASE), keychain: 'leave' });
  const added = await vault.add(passwords.map((password) => newKey(password, password)));
  vault.lock();
  return added.map(({ key }) => key.id);
}

/** A copy of the folder of a place; what was at `to` is gone. */
export async function copyPlace({ folder }: LibraryPlace, to: string): Promise<LibraryPlace> {
  await rm(to, { recursive: true, force: true });
  await cp(folder, to, { recursive: true, preserveTimestamps: true });
  return placeAt(to);
}

export interface OpenPlace {
  readonly vault: Vault;
  readonly library: Library;
  readonly desk: LibraryDesk;
  close(): Promise<void>;
}

/** What the next start of the program has, but for the threads: those are lent to it. The vault is open. */
export async function openPlace(
  place: LibraryPlace,
  runner: MemberRunner,
  threads = 3,
  beforeInspecting: (path: string) => Promise<void> | void = () => undefined,
): Promise<OpenPlace> {
  const vault = cheapVault(place, runner.sodium);
  await unlock(vault);
  const library = openLibrary({
    vault,
    catalogPath: place.catalog,
    engine: {
      inspect: async (path) => {
        await beforeInspecting(path);
        return inspect(path);
      },
      openWith: (path, keys, signal) => openWith(path, keys, runner, signal),
      readEntry: (path, wanted) => readEntry(path, wanted, runner),
      recode: (path, options) => recode(path, options, runner),
      verify: (path, options) => verify(path, options, runner),
    },
    threads,
  });
  const close = async (): Promise<void> => {
    await library.close();
    vault.lock();
  };
  return { vault, library, desk: library.desk, close };
}

export async function unlock(vault: Pick<Vault, 'unlock'>): Promise<void> {
  await vault.unlock({ way: 'passphrase', passphrase: Buffer.from(PASSPHRASE) });
}

function cheapVault({ data }: LibraryPlace, sodium: SodiumProvider): Vault {
  return new Vault({ folder: data, sodium, keychain: new MemoryKeychain(), idleLock: 'never' }, CHEAP);
}
