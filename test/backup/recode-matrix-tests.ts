// Every fixture through every operation to a destination, on one of the runners; each result is read by the engine and
// by the independent reader and has the files, hashes, names, order, modes and times that it had before.

import { chmodSync, mkdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { recode, verify, type Destination, type RecodeOptions } from '../../core/backup/index.ts';
import type { RecodeReport } from '../../shared/backup.ts';
import {
  ARCHIVES,
  FIXTURES,
  KEY,
  NEW_KEY,
  NEW_PASSWORD,
  PASSWORD,
  copyFixture,
  expected,
  newFolder,
} from '../support/fixtures.ts';
import { namesIn, sha256Of } from '../support/folder-state.ts';
import {
  independentReaderMissing,
  readIndependently,
  type IndependentReading,
} from '../support/independent-reader.ts';
import { metadataText, readOuter } from '../support/outer-archive.ts';
import { openRunner, type OpenRunner, type RunnerKind } from '../support/runners.ts';

type Operation = RecodeOptions['operation'];
/** Where the new file goes, and what reads and writes. */
export type MatrixPlace = readonly ['folder' | 'keep' | 'quarantine' | 'trash', RunnerKind];

const OPERATIONS: readonly Operation[] = ['migrate', 'rekey', 'encrypt', 'decrypt'];
const MODE = 0o640;
const MTIME = new Date('2024-03-05T06:07:08.250Z');

const readerMissing = independentReaderMissing();
const before = new Map<string, IndependentReading>();
let scratch = '';

beforeAll(async () => {
  scratch = await newFolder();
  process.env['XDG_DATA_HOME'] = join(scratch, 'xdg'); // before the trash is used for the first time
  if (readerMissing !== null) return;
  for (const reading of await readIndependently(
    ARCHIVES.map((name) => join(FIXTURES, name)),
    PASSWORD,
  ))
    before.set(basename(reading.path), reading);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

export function testRecodeMatrix(places: readonly MatrixPlace[]): void {
  describe.each(places)('to %s, %s', (place, kind) => {
    let open: OpenRunner;
    beforeAll(async () => {
      open = await openRunner(kind);
    });
    afterAll(() => open.close());

    it.each(OPERATIONS)('%s keeps everything that every fixture holds', async (operation) => {
      const done: { readonly name: string; readonly path: string }[] = [];
      for (const name of ARCHIVES) {
        const folder = join(scratch, `${place}-${operation}-${name}`);
        await mkdir(folder);
        const path = copyFixture(name, folder);
        chmodSync(path, MODE);
        utimesSync(path, MTIME, MTIME);
        const report = await recode(path, optionsFor(operation, place, folder), open.runner);

        expect(report.outcome, name).toBe(hasNothingToDo(name, operation) ? 'nothing-to-do' : 'done');
        if (report.outcome === 'nothing-to-do') {
          expect(await namesIn(folder), name).toEqual(place === 'folder' ? [name, 'out'].sort() : [name]);
          expect(await sha256Of(path), name).toBe(await sha256Of(join(FIXTURES, name)));
          continue;
        }
        const original = await findOriginal(report, path, place);
        expect(await sha256Of(original), name).toBe(await sha256Of(join(FIXTURES, name)));
        const output = place === 'folder' ? join(folder, 'out', name) : path;
        expect(report.outputPath).toBe(output);
        await expectOnly(folder, place, name);
        const attributes = statSync(output);
        expect([attributes.mode & 0o7777, attributes.mtimeMs], name).toEqual([MODE, MTIME.getTime()]);
        await expectGood(output, operation, open);
        await expectSameMetadata(join(FIXTURES, name), output, operation);
        await expectNoTraces(output, name);
        done.push({ name, path: output });
      }
      expect(done.length).toBe(ARCHIVES.filter((name) => !hasNothingToDo(name, operation)).length);
      if (readerMissing !== null) return;
      await expectSameContent(done, operation);
    });
  });
}

function optionsFor(operation: Operation, place: string, folder: string): RecodeOptions {
  const destination: Destination =
    place === 'folder'
      ? { kind: 'folder', folder: outFolder(folder) }
      : { kind: 'in-place', originals: place as 'keep' | 'quarantine' | 'trash' };
  const newKey = operation === 'rekey' || operation === 'encrypt' ? NEW_KEY : undefined;
  return { operation, keys: [KEY], newKey, destination };
}

function hasNothingToDo(name: string, operation: Operation): boolean {
  const format = expected.archives[name]?.format;
  if (operation === 'migrate') return format === 'v3' || format === 'plain';
  if (operation === 'encrypt') return format !== 'plain';
  return format === 'plain';
}

function outFolder(folder: string): string {
  const out = join(folder, 'out');
  mkdirSync(out);
  return out;
}

/** Where the untouched original is; for the trash, found through what the trash notes about it. */
async function findOriginal(report: RecodeReport, path: string, place: string): Promise<string> {
  if (place === 'folder') {
    expect([report.originals, report.originalPath]).toEqual(['untouched', null]);
    return path;
  }
  expect(report.originals).toBe(place);
  if (place === 'keep') expect(report.originalPath).toBe(`${path}.orig`);
  if (place === 'quarantine')
    expect(report.originalPath).toBe(join(dirname(path), 'Strongroom quarantine', `${basename(path)}.orig`));
  if (report.originalPath !== null) return report.originalPath;
  expect(place).toBe('trash');
  const trash = join(scratch, 'xdg', 'Trash');
  for (const name of await readdir(join(trash, 'info'))) {
    const info = readFileSync(join(trash, 'info', name), 'utf8');
    if (info.includes(`Path=${encodeURI(`${path}.orig`)}\n`))
      return join(trash, 'files', name.replace(/\.trashinfo$/, ''));
  }
  throw new Error(`${path}.orig is not in the trash`);
}

/** No partial file, no journal: only what the user asked for. */
async function expectOnly(folder: string, place: string, name: string): Promise<void> {
  const quarantined = `Strongroom quarantine/${name}.orig`;
  const wanted = {
    folder: [name, 'out', `out/${name}`],
    keep: [name, `${name}.orig`],
    quarantine: [name, 'Strongroom quarantine', quarantined, `${quarantined}.quarantine.json`],
    trash: [name],
  }[place];
  expect(await namesIn(folder)).toEqual(wanted?.sort());
}

async function expectGood(path: string, operation: Operation, { runner }: OpenRunner): Promise<void> {
  const keys = operation === 'migrate' ? [KEY] : operation === 'decrypt' ? [] : [NEW_KEY];
  const verified = await verify(path, { keys, level: 'full' }, runner);
  expect(verified.status, `${path}: ${verified.error?.message ?? ''}`).toBe('good');
  const variants = new Set(verified.members.map(({ variant }) => variant));
  expect([...variants]).toEqual([operation === 'decrypt' ? 'plain' : 'v3']);
  expect(verified.inspection.remarks.map(({ code }) => code)).not.toContain('ZERO_PADDING');
}

/** Every value as it was written (0.0 stays 0.0), but `protected` where it changed (old ones hold a string) and `crypto`. */
async function expectSameMetadata(old: string, path: string, operation: Operation): Promise<void> {
  const [textBefore, textAfter] = [await metadataText(old), await metadataText(path)];
  const parsed = (text: string) => Object.entries(JSON.parse(text) as Record<string, unknown>);
  const isProtected = operation !== 'decrypt';
  const wanted = parsed(textBefore)
    .filter(([key]) => key !== 'crypto')
    .map(([key, value]) => [
      key,
      key === 'protected' && Boolean(value) !== isProtected ? isProtected : value,
    ]);
  expect(parsed(textAfter), path).toEqual(wanted);
  const numbers = (text: string) => text.match(/(?<=[:[,]\s*)-?\d[\d.eE+-]*/g);
  expect(numbers(textAfter), path).toEqual(numbers(textBefore));
}

/** No records of v1-pax about an encryption that is gone, and no zeros beyond the last record. */
async function expectNoTraces(path: string, name: string): Promise<void> {
  const bytes = readFileSync(path);
  expect(bytes.includes('_securetar.'), name).toBe(false);
  const blocks = (count: number) => Math.ceil(count / 512) * 512;
  const used = (await readOuter(path)).map(
    ({ header, content }) => (header.pax === null ? 512 : 3 * 512) + blocks(content.length),
  );
  const contentBytes = used.reduce((sum, count) => sum + count, 0);
  expect(bytes.length, name).toBe(Math.ceil((contentBytes + 2 * 512) / 10_240) * 10_240);
}

async function expectSameContent(
  done: readonly { readonly name: string; readonly path: string }[],
  operation: Operation,
): Promise<void> {
  if (done.length === 0) return;
  const password = operation === 'rekey' || operation === 'encrypt' ? NEW_PASSWORD : PASSWORD;
  const readings = await readIndependently(
    done.map(({ path }) => path),
    password,
  );
  for (const [index, { name }] of done.entries()) {
    const [old, now] = [before.get(name), readings[index]];
    if (old === undefined || now === undefined) throw new Error(`no reading of ${name}`);
    expect(Boolean(now.protected), name).toBe(operation !== 'decrypt');
    expect(now.order, name).toEqual(old.order);
    for (const [part, outer] of Object.entries(now.outer))
      expect({ ...outer, size: 0 }, `${name}: ${part}`).toEqual({ ...old.outer[part], size: 0 });
    const parts = expected.archives[name]?.parts ?? {};
    expect(Object.keys(now.members).sort(), name).toEqual(Object.keys(parts).sort());
    for (const [part, member] of Object.entries(now.members)) {
      expect(member.format, `${name}: ${part}`).toBe(operation === 'decrypt' ? 'plain' : 'v3');
      expect(member.files, `${name}: ${part}`).toEqual(parts[part]);
      expect(member.plaintext_sha256, `${name}: ${part}`).toBe(old.members[part]?.plaintext_sha256);
      expect(member.plaintext_bytes, `${name}: ${part}`).toBe(old.members[part]?.plaintext_bytes);
    }
  }
}
