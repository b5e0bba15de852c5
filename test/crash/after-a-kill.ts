// What must hold after a migration was killed, whenever that was: an intact copy under a name that a person finds;
// and after the next run a verified new backup, the original where it belongs with every byte, and nothing else.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { recode, verify, type MemberRunner } from '../../core/backup/index.ts';
import { errorCode } from '../../shared/errors.ts';
import type { OriginalsPolicy } from '../../shared/backup.ts';
import { KEY, PASSWORD } from '../support/fixtures.ts';
import { namesIn, sha256Of } from '../support/folder-state.ts';

const CHILD = fileURLToPath(new URL('./migrate-child.ts', import.meta.url));
const KILL_AT_CALL = fileURLToPath(new URL('./kill-at-call.ts', import.meta.url));

export interface KilledRun {
  /** All that it told before it ended: `begun`, then its phases. */
  readonly told: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly exitCode: number | null;
  /** Since it had begun. */
  readonly durationMs: number;
}

export interface RunOptions {
  readonly originals: OriginalsPolicy;
  /** Where the trash is. */
  readonly dataHome: string;
  /** Kill so long after it has begun. */
  readonly afterMs?: number;
  /** Kill just before this call that changes names; -1 tells all calls. */
  readonly atCall?: number;
  readonly hasLinks?: boolean;
}

/** Runs a migration as a process of its own, killed where the options say. */
export function runMigration(path: string, options: RunOptions): Promise<KilledRun> {
  const { originals, dataHome, afterMs, atCall, hasLinks = true } = options;
  const preload = atCall === undefined ? [] : ['--import', KILL_AT_CALL];
  const last = atCall === undefined ? [] : [String(atCall), hasLinks ? 'links' : 'no-links'];
  const child = spawn(process.execPath, [...preload, CHILD, path, originals, PASSWORD, ...last], {
    env: { ...process.env, XDG_DATA_HOME: dataHome },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let begunAt: number | null = null;
  let killing: NodeJS.Timeout | undefined;
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (begunAt !== null) return;
    begunAt = performance.now();
    if (afterMs !== undefined) killing = setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      clearTimeout(killing);
      const lines = told.split('\n').filter((line) => line !== '');
      resolve({
        told: lines,
        signal,
        exitCode,
        durationMs: performance.now() - (begunAt ?? performance.now()),
      });
    });
  });
}

/** Where a kill landed, from what is on the disk and what the process had told. */
export function momentOf(path: string, { told, signal }: KilledRun): string {
  if (signal === null) return 'after its end';
  const journal = `${path}.partial-journal`;
  const names = readdirSync(dirname(path));
  if (!names.includes(basename(journal)))
    return told.length === 1 ? 'before the journal' : 'after the journal';
  const state = readdirSync(journal).find((name) => name.endsWith('.json'));
  if (state === undefined) return 'inside the journal';
  const { step } = JSON.parse(readFileSync(join(journal, state), 'utf8')) as { step: string };
  if (step !== 'writing') return step;
  return told.length === 1 ? 'journal begun' : (told.at(-1) ?? '');
}

/** Every place where a person would look for the backup. */
export async function placesOf(path: string, { originals, dataHome }: RunOptions): Promise<string[]> {
  const trash = join(dataHome, 'Trash', 'files');
  const inTrash = await readdir(trash).catch(() => []);
  const quarantined = join(dirname(path), 'Strongroom quarantine', `${basename(path)}.orig`);
  const kept = originals === 'quarantine' ? quarantined : `${path}.orig`;
  return [path, kept, ...(originals === 'trash' ? inTrash.map((name) => join(trash, name)) : [])];
}

/** @throws when no copy is whole */
export async function requireIntactCopy(
  path: string,
  options: RunOptions,
  runner: MemberRunner,
): Promise<string> {
  const found: string[] = [];
  for (const place of await placesOf(path, options)) {
    const status = await verify(place, { keys: [KEY], level: 'full' }, runner).then(
      (verified) => verified.status,
      (error: unknown) => errorCode(error),
    );
    if (status === 'good') return place;
    found.push(`${place}: ${status}`);
  }
  throw new Error(`no intact copy: ${found.join(', ')}`);
}

/** The next run, in this process; then everything is as if nothing had happened. */
export async function requireFinished(
  path: string,
  originalSha256: string,
  options: RunOptions,
  runner: MemberRunner,
): Promise<void> {
  const destination = { kind: 'in-place', originals: options.originals } as const;
  await recode(path, { operation: 'migrate', keys: [KEY], destination }, runner);
  const verified = await verify(path, { keys: [KEY], level: 'full' }, runner);
  const variants = [...new Set(verified.members.map(({ variant }) => variant))];
  if (verified.status !== 'good' || variants.join() !== 'v3')
    throw new Error(`not finished: ${verified.status}, ${variants.join()}`);
  const [, ...kept] = await placesOf(path, options);
  const sums = await Promise.all(kept.map((place) => sha256Of(place).catch(() => null)));
  if (!sums.includes(originalSha256)) throw new Error('the original is not where it belongs');
  const name = basename(path);
  const quarantined = `Strongroom quarantine/${name}.orig`;
  const wanted = {
    keep: [name, `${name}.orig`],
    quarantine: [name, 'Strongroom quarantine', quarantined, `${quarantined}.quarantine.json`],
    trash: [name],
  }[options.originals];
  const names = await namesIn(dirname(path));
  if (names.join('\n') !== wanted.sort().join('\n'))
    throw new Error(`something is left behind: ${names.join(', ')}`);
}
