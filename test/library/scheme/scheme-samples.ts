// A desk over a folder with one small backup a day, and a scheme that keeps the two newest.

import { renameSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { inlineRunner } from '../../../core/backup/index.ts';
import { openCatalog, type Catalog } from '../../../core/catalog/index.ts';
import { openLibrary, type LibraryDesk } from '../../../core/library/index.ts';
import type { LibraryServices } from '../../../core/library/services.ts';
import type { SchemePlan, SchemeReport, SchemeRule } from '../../../shared/scheme.ts';
import { scratch } from '../../support/fixtures.ts';
import { makeVault } from '../../vault/vault-fixture.ts';
import { cheapSodium, day, tinyBackup, WatchedEngine } from '../library-samples.ts';

export const NEVER = new AbortController().signal;
export const TWO: SchemeRule = { policy: 'last=2', to: 'quarantine', undoDays: 30 };

export interface SchemeSample {
  readonly desk: LibraryDesk;
  /** The same catalogue and engine, as the handlers of jobs have them. */
  readonly services: LibraryServices;
  readonly catalog: Catalog;
  readonly catalogPath: string;
  readonly engine: WatchedEngine;
  readonly folder: string;
  path(name: string): string;
  /** Adds backups of later days. Returns their paths. */
  add(...names: string[]): Promise<string[]>;
  plan(rule?: SchemeRule): Promise<SchemePlan>;
  /** Carries a plan out in the one folder that loses something. */
  run(plan: SchemePlan): Promise<SchemeReport>;
  /** Names of the files in the folder itself that are backups. */
  names(): Promise<string[]>;
  /** Names in its quarantine that are no notes. */
  quarantined(): Promise<string[]>;
}

/** One backup for each name, the first the oldest. */
export async function newScheme(...names: string[]): Promise<SchemeSample> {
  const { vault, folder: data } = await makeVault({ idleLock: 'never' });
  const catalogPath = join(data, 'catalog.sqlite');
  const engine = new WatchedEngine(inlineRunner(cheapSodium()));
  const library = openLibrary({ vault, catalogPath, engine, threads: 2 });
  const catalog = openCatalog(catalogPath);
  onTestFinished(async () => {
    await library.close();
    catalog.close();
  });
  const { desk } = library;
  const folder = await scratch();
  let count = 0;
  const sample: SchemeSample = {
    desk,
    services: { vault, catalog, engine, threads: 1 },
    catalog,
    catalogPath,
    engine,
    folder,
    path: (name) => join(folder, name),
    add: async (...more) => {
      const paths: string[] = [];
      for (const name of more) paths.push(await tinyBackup(join(folder, name), { name, date: day(count++) }));
      await desk.scan({});
      return paths;
    },
    plan: (rule = TWO) => desk.planScheme(rule, { timeZone: 'Europe/Berlin' }),
    run: async (plan) => {
      const [report] = await desk.runScheme(plan, { signal: NEVER });
      if (report === undefined) throw new Error('nothing was to go');
      return report;
    },
    names: async () => (await readdir(folder)).filter((name) => name.endsWith('.tar')).sort(),
    quarantined: async () => {
      const all = await readdir(join(folder, 'Strongroom quarantine')).catch(() => []);
      return all.filter((name) => !name.endsWith('.json')).sort();
    },
  };
  await desk.addFolder(folder);
  await sample.add(...names);
  return sample;
}

export function swap(from: string, to: string): void {
  rmSync(to);
  renameSync(from, to);
}
