// Members with broken and whole files in them, verified deep with a temporary folder of their own.

import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';

import type { BackupVerification } from '../../shared/backup.ts';
import { scratch } from '../support/fixtures.ts';
import { check, innerTar, metadata, write } from './crafted-backups.ts';

export type Files = Readonly<Record<string, string | Buffer>>;

/** Runs with the system's temporary folder in another place. */
export async function withTemporary<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

export async function backupOf(files: Files, member = 'homeassistant.tar.gz'): Promise<string> {
  const content = member.endsWith('gz') ? gzipSync(innerTar(files)) : innerTar(files);
  return write([{ name: member, content }, metadata({ folders: ['share'] })]);
}

/** Verifies deep; nothing may be left behind. */
export async function deep(files: Files, member?: string): Promise<BackupVerification> {
  const path = await backupOf(files, member);
  const temporary = await scratch();
  const result = await withTemporary(temporary, () => check(path, 'deep'));
  expect(readdirSync(temporary)).toEqual([]);
  return result;
}

/** What was found in the first member. */
export async function findings(files: Files): Promise<string[]> {
  const [member] = (await deep(files)).members;
  return member!.deep!.findings.map(({ entry, kind, message }) => `${entry} ${kind}: ${message}`);
}
