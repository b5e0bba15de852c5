// The fuses of a package: all are decided about, and a new one stops the packing.

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { flipAllFuses } from '../../build/pack/fuses.ts';
import { scratch } from '../support/fixtures.ts';
import { makeStubElectron, NEWER_FUSES, SHIPPED_FUSES } from './stub-electron.ts';

describe('flipAllFuses', () => {
  it('sets each fuse of the binary and changes nothing else of it', async () => {
    const program = await stubProgram(SHIPPED_FUSES);
    const before = await readFile(program, 'latin1');
    await flipAllFuses(program, { isAdHocSigned: false });
    expect(await readFile(program, 'latin1')).toBe(before.replace(SHIPPED_FUSES, '010011001'));
  });

  it('refuses a binary with a fuse that nobody has decided about, and leaves it as it was', async () => {
    const program = await stubProgram(NEWER_FUSES);
    const before = await readFile(program);
    await expect(flipAllFuses(program, { isAdHocSigned: false })).rejects.toThrow('strictlyRequireAllFuses');
    expect((await readFile(program)).equals(before)).toBe(true);
  });
});

async function stubProgram(fuses: string): Promise<string> {
  const folder = join(await scratch(), 'electron');
  await mkdir(folder);
  await makeStubElectron(folder, fuses);
  return join(folder, 'electron');
}
