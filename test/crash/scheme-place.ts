// The library that schemes are killed in: small backups of eight days, of which the three newest stay, and the child that works on it.

import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openStrongroom, type Strongroom } from '../../core/strongroom.ts';
import type { SchemeRule } from '../../shared/scheme.ts';
import { day, tinyBackup } from '../library/library-samples.ts';
import { stateOf, type FileState } from '../support/folder-state.ts';
import { copyPlace, placeAt, type LibraryPlace } from '../system/library-place.ts';
import { MemoryKeychain } from '../vault/vault-parts.ts';

const CHILD = fileURLToPath(new URL('./scheme-child.ts', import.meta.url));
const KILL_AT_CALL = fileURLToPath(new URL('./kill-at-call.ts', import.meta.url));
const DAYS = 8;
export const KEPT = 3;

export type SchemePlace = Readonly<{
  /** Never worked in. */
  template: LibraryPlace;
  workFolder: string;
  /** By name. */
  files: Readonly<Record<string, FileState>>;
}>;

export function schemeTo(to: string): SchemeRule {
  return { policy: `last=${KEPT}`, to: to === 'trash' ? 'trash' : 'quarantine', undoDays: 30 };
}

export async function makeSchemePlace(folder: string): Promise<SchemePlace> {
  const workFolder = join(folder, 'work');
  const place = placeAt(workFolder);
  for (const made of [place.data, place.backups, place.home]) await mkdir(made, { recursive: true });
  for (let index = 0; index < DAYS; index++)
    await tinyBackup(join(place.backups, `${index}.tar`), { name: `Day ${index}`, date: day(index) });
  const open = await openScheme(place);
  await open.library.desk.addFolder(place.backups);
  await open.library.desk.scan({});
  await open.close();
  const template = await copyPlace(place, join(folder, 'template'));
  // Of the copy: copying rounds times.
  const files = (await stateOf(template.backups)) as Record<string, FileState>;
  return { template, workFolder, files };
}

export function freshScheme({ template, workFolder }: SchemePlace): Promise<LibraryPlace> {
  return copyPlace(template, workFolder);
}

export function openScheme({ data }: LibraryPlace): Promise<Strongroom> {
  return openStrongroom({ dataFolder: data, threads: 1, idleLock: 'never', keychain: new MemoryKeychain() });
}

export interface SchemeRun {
  readonly told: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly exitCode: number | null;
  /** From what it told first to the last. */
  readonly durationMs: number;
}

export interface SchemeKill {
  /** Kill so long after it has begun. */
  readonly afterMs?: number;
  /** Kill just before this call that changes names or begins a file; -1 tells all calls. */
  readonly atCall?: number;
  readonly hasLinks?: boolean;
}

export function runSchemeChild(
  { folder, home }: LibraryPlace,
  order: readonly string[],
  { afterMs, atCall, hasLinks = true }: SchemeKill = {},
): Promise<SchemeRun> {
  const preload = atCall === undefined ? [] : ['--import', KILL_AT_CALL];
  const last = atCall === undefined ? [] : [String(atCall), hasLinks ? 'links' : 'no-links'];
  const child = spawn(process.execPath, [...preload, CHILD, folder, ...order, ...last], {
    env: { ...process.env, XDG_DATA_HOME: home, NODE_COMPILE_CACHE: join(folder, '..', 'compiled') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: string[] = [];
  let [begunAt, lastAt] = [0, 0];
  let killing: NodeJS.Timeout | undefined;
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      told.push(line);
      lastAt = performance.now();
      if (line !== 'begun') continue;
      begunAt = lastAt;
      if (afterMs !== undefined) killing = setTimeout(() => child.kill('SIGKILL'), afterMs);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      clearTimeout(killing);
      resolve({ told, signal, exitCode, durationMs: lastAt - begunAt });
    });
  });
}
