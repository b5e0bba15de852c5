// An older file in the place of the newer one is noticed, never written over, and put right only when somebody asks for
// it; and nothing is restored over a vault that is whole.

import {
  copyFileSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { scratch } from '../support/fixtures.ts';
import { stateOf } from '../support/folder-state.ts';
import {
  BY_KEYCHAIN,
  byPassphrase,
  makeVault,
  newKey,
  rewriteHeader,
  vaultIn,
  withChecksum,
  type MadeVault,
} from './vault-fixture.ts';

const OLDER = {
  code: 'DAMAGED_VAULT',
  message: expect.stringContaining('older vault file'),
};
const ITS_COPY_IS_NEWER = { ...OLDER, hint: expect.stringContaining('copy') };

/** With “Home” in it; `old` is the file as it was before. */
async function grownVault(): Promise<MadeVault & { readonly old: string }> {
  const made = await makeVault({ now: () => new Date('2026-03-04T05:06:07Z') });
  const old = join(await scratch(), 'old.strongroom');
  copyFileSync(made.mainPath, old);
  await made.vault.add([newKey('Home', 'one')]);
  return { ...made, old };
}

describe('an older file', () => {
  it.each([
    ['list', ({ vault }: MadeVault) => vault.list()],
    ['add', ({ vault }: MadeVault) => vault.add([newKey('Cabin', 'two')])],
  ])('locks an unlocked vault at its next use (%s), and nothing is written', async (_, use) => {
    const made = await grownVault();
    for (const path of [made.mainPath, made.copyPath]) copyFileSync(made.old, path);
    const before = await stateOf(made.folder);
    await expect(use(made)).rejects.toMatchObject(OLDER);
    expect(made.vault.isUnlocked).toBe(false);
    expect(await stateOf(made.folder)).toEqual(before);
    await made.vault.unlock(byPassphrase()); // the person put it there
    expect(await made.vault.list()).toEqual([]);
  });

  it('of the same generation that is not the same is noticed, too', async () => {
    const { vault, folder, mainPath, copyPath, old } = await grownVault();
    const mine = readFileSync(mainPath);
    for (const path of [mainPath, copyPath]) copyFileSync(old, path);
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    await other.add([newKey('Cabin', 'two')]);
    await expect(vault.add([newKey('Third', 'three')])).rejects.toMatchObject(OLDER);
    expect(readFileSync(mainPath)).not.toEqual(mine);
    expect(vault.isUnlocked).toBe(false);
    await vault.unlock(byPassphrase());
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Cabin']);
  });

  it('beside a newer copy is not opened by anybody, and the status says so', async () => {
    const { folder, keychain, mainPath, old } = await grownVault();
    copyFileSync(old, mainPath);
    const vault = await vaultIn({ folder, keychain });
    for (const how of [BY_KEYCHAIN, byPassphrase()])
      await expect(vault.unlock(how)).rejects.toMatchObject(ITS_COPY_IS_NEWER);
    expect(vault.isUnlocked).toBe(false);
    expect(await vault.status()).toMatchObject({
      state: 'damaged',
      copy: 'newer',
      ways: [],
      error: ITS_COPY_IS_NEWER,
    });
  });

  it('gives way to its newer copy when that is asked for, and is kept', async () => {
    const { vault, folder, mainPath, old } = await grownVault();
    const oldBytes = readFileSync(old);
    copyFileSync(old, mainPath);
    await vault.restoreCopy();
    await vault.unlock(byPassphrase());
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Home']);
    expect(readFileSync(join(folder, 'vault.damaged-2026-03-04T05-06-07.strongroom'))).toEqual(oldBytes);
    expect(await vault.status()).toMatchObject({ state: 'unlocked', copy: 'intact' });
  });

  it('is not seen in the writes of others, however they come between', async () => {
    const { vault, folder } = await makeVault();
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    const reader = await vaultIn({ folder });
    await reader.unlock(byPassphrase());
    let isDone = false;
    const writing = (async () => {
      for (let turn = 0; turn < 40; turn++)
        await (turn % 2 === 0 ? vault : other).add([newKey(`Key ${turn}`, `secret ${turn}`)]);
    })().finally(() => (isDone = true));
    while (!isDone) {
      const [status] = await Promise.all([reader.status(), vault.list(), other.list(), reader.list()]);
      expect(status).toMatchObject({ state: 'unlocked', error: null });
      expect(['intact', 'older']).toContain(status.copy);
    }
    await writing;
    expect((await reader.list()).length).toBe(40);
  });
});

describe('a copy is not put in place', () => {
  it('of a vault that is whole, when the copy is older, locked or not', async () => {
    const { vault, folder, copyPath, old } = await grownVault();
    copyFileSync(old, copyPath);
    const before = await stateOf(folder);
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'USAGE' });
    vault.lock();
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'USAGE' });
    expect(await stateOf(folder)).toEqual(before);
  });

  it('of a whole vault that only its key shows to be changed, by who did not see it', async () => {
    const { folder, mainPath } = await grownVault();
    rewriteHeader(mainPath, (json) => json.replace('"generation":2', '"generation":7'));
    const other = await vaultIn({ folder });
    await expect(other.restoreCopy()).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('move the vault file'),
    });
    await expect(other.unlock(byPassphrase())).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    await other.restoreCopy();
    await other.unlock(byPassphrase());
  });

  it('of a vault that a newer program wrote', async () => {
    const { vault, folder, mainPath } = await grownVault();
    vault.lock();
    const newer = readFileSync(mainPath);
    newer.writeUInt32LE(2, 8);
    writeFileSync(mainPath, withChecksum(newer));
    const before = await stateOf(folder);
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' });
    expect(await stateOf(folder)).toEqual(before);
  });

  it.each([
    ['damaged behind its header', 1, 'DAMAGED_VAULT'],
    ['whole', 0, 'USAGE'],
  ])('when it is another vault’s, and this one’s file is %s', async (_, cutBytes, code) => {
    const { vault, folder, mainPath, copyPath } = await grownVault();
    copyFileSync((await makeVault()).mainPath, copyPath);
    truncateSync(mainPath, statSync(mainPath).size - cutBytes);
    const before = await stateOf(folder);
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code });
    expect(await stateOf(folder)).toEqual(before);
    expect((await vault.status()).copy).toBe('damaged');
    if (code === 'USAGE') return;
    await expect(vault.restoreCopy()).rejects.toMatchObject({
      message: expect.stringContaining('another vault'),
    });
    rmSync(mainPath);
    await vault.restoreCopy(); // nothing is left that it could not belong to
    expect(readdirSync(folder).length).toBe(2);
  });
});
