// A desk on a real vault and a real catalogue, with a folder of backups that is not in the library yet.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { inlineRunner } from '../../core/backup/index.ts';
import { openLibrary, type Library, type LibraryDesk } from '../../core/library/index.ts';
import type { Vault } from '../../core/vault/index.ts';
import { FIXTURES, PASSWORD } from '../support/fixtures.ts';
import { makeVault } from '../vault/vault-fixture.ts';
import { backupFolder, cheapSodium, WatchedEngine } from './library-samples.ts';

export interface SampleDesk {
  readonly desk: LibraryDesk;
  readonly library: Library;
  readonly vault: Vault;
  readonly engine: WatchedEngine;
  readonly catalogPath: string;
  /** With a v2 backup, a copy of it, and one that is not encrypted. */
  readonly folder: string;
  /** The same data opened by another program, as it were. */
  reopen(): Library;
}

export async function newDesk(): Promise<SampleDesk> {
  const { vault, folder: data } = await makeVault({ idleLock: 'never' });
  const catalogPath = join(data, 'catalog.sqlite');
  const engine = new WatchedEngine(inlineRunner(cheapSodium()));
  const open = (): Library => {
    const library = openLibrary({ vault, catalogPath, engine, threads: 2 });
    onTestFinished(() => library.close());
    return library;
  };
  const library = open();
  await library.addTypedKey({ typed: Buffer.from(PASSWORD), label: 'Home' });
  const folder = await backupFolder();
  for (const [from, to] of [
    ['v2-compressed.tar', 'a.tar'],
    ['v2-compressed.tar', 'a (1).tar'],
    ['plain-compressed.tar', 'plain.tar'],
  ] as const)
    copyFileSync(join(FIXTURES, from), join(folder, to));
  return {
    desk: library.desk,
    library,
    vault,
    engine,
    catalogPath,
    folder,
    reopen: open,
  };
}

export interface Gate {
  /** Work has come to it. */
  readonly arrived: Promise<unknown>;
  readonly open: () => void;
  readonly pass: () => Promise<void>;
}

/** Work waits at it until the test opens it. */
export function newGate(): Gate {
  const arrived = Promise.withResolvers<null>();
  const opened = Promise.withResolvers<null>();
  return {
    arrived: arrived.promise,
    open: () => opened.resolve(null),
    pass: async () => {
      arrived.resolve(null);
      await opened.promise;
    },
  };
}
