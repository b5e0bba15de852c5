// The backups of test/fixtures with their password and what they hold, and folders to work on copies of them.

import { copyFileSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

import type { BackupKey } from '../../core/backup/index.ts';

export const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** One entry of an inner archive, as expected.json and the independent reader describe it. */
export type ExpectedEntry = Readonly<Record<string, string | number>>;

interface Expected {
  readonly password: string;
  readonly archives: Readonly<
    Record<
      string,
      {
        readonly format: 'plain' | 'v1' | 'v1-pax' | 'v2' | 'v3';
        readonly protected: boolean;
        readonly compressed: boolean;
        readonly slug: string;
        readonly parts: Readonly<Record<string, Readonly<Record<string, ExpectedEntry>>>>;
      }
    >
  >;
  readonly bad: Readonly<Record<string, { readonly why: string }>>;
}

export const expected = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as Expected;
export const PASSWORD = expected.password;
export const NEW_PASSWORD = 'NEWK-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
export const KEY: BackupKey = keyOf('the fixtures’ key', PASSWORD);
export const NEW_KEY: BackupKey = keyOf('the new key', NEW_PASSWORD);
export const ARCHIVES = Object.keys(expected.archives);
export const BAD = readdirSync(join(FIXTURES, 'bad'));

export function keyOf(label: string, password: string): BackupKey {
  return { label, password: Buffer.from(password, 'utf8') };
}

/** A new folder that goes when the test is over. */
export async function scratch(): Promise<string> {
  const folder = await newFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A new folder that the caller removes. */
export async function newFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'strongroom-test-')));
}

/** A copy of a fixture under its own name in `folder`. Returns its path. */
export function copyFixture(name: string, folder: string): string {
  const path = join(folder, name.replace(/^.*\//, ''));
  copyFileSync(join(FIXTURES, name), path);
  return path;
}
