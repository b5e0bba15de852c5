// `--json` of every command with the real program: the documented fields are there, and no others.

import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { documentedFields } from './json-docs.ts';
import { documentOf, FIXTURES, KEY, NEW_KEY, scratch, strongroom } from './run-program.ts';

const env = { STRONGROOM_KEY: KEY, STRONGROOM_NEW_KEY: NEW_KEY };
const V2 = join(FIXTURES, 'v2-compressed.tar');
const PLAIN = join(FIXTURES, 'plain-compressed.tar');
const DAMAGED = join(FIXTURES, 'bad/v2-bit-flip.tar');

describe('--json', () => {
  it.each([
    ['inspect', [V2], 'BackupInspection'],
    ['verify', ['--deep', V2], 'BackupVerification'],
    ['verify', [DAMAGED], 'BackupVerification'],
    ['migrate', ['--out', 'new', V2], 'RecodeReport'],
    ['migrate', ['--dry-run', V2], 'RecodeReport'],
    ['rekey', ['--out', 'new', V2], 'RecodeReport'],
    ['encrypt', ['--out', 'new', PLAIN], 'RecodeReport'],
    ['decrypt', ['--out', 'new', V2], 'RecodeReport'],
    ['repair', ['--out', 'new', V2], 'RecodeReport'],
    ['ls', [V2], 'Listing'],
    ['extract', ['--to', 'new', V2], 'ExtractReport'],
    ['salvage', ['--out', 'new', DAMAGED], 'SalvageReport'],
  ])('%s %j', async (command, args, type) => {
    await using folder = await scratch();
    const run = await strongroom([command, '--json', ...args], { cwd: folder.path, env });
    const document = documentOf<object>(run);
    const { report, ...top } = document;
    expect(Object.keys(top).sort()).toEqual(documentedFields('The document').sort());
    expect(document).toMatchObject({ schema: 'strongroom/1', command, error: null, exitCode: run.exitCode });
    expect(Object.keys(document.results[0] ?? {}).sort()).toEqual(documentedFields('A result').sort());
    expect(Object.keys(report).sort()).toEqual(documentedFields(type).sort());
  });

  it('has a document of its own for a command that could not be carried out', async () => {
    const run = await strongroom(['verify', '--json', '--kit', 'gone.txt', V2]);
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({ results: [], error: { code: 'IO_FAILED' }, exitCode: 1 });
  });

  it('has none for a command line that is not understood', async () => {
    expect(await strongroom(['verify', '--json'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
