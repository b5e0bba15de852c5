// A typed key: taken as it is, with capitals and dashes, or with look-alikes, whatever opens the backup.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { addTypedKey } from '../../core/library/add-typed-key.ts';
import { matchKeys } from '../../core/library/match-keys.ts';
import { findMeantKey } from '../../core/library/meant-key.ts';
import { backupFolder, makeLibrary, tinyBackup } from './library-samples.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const opensOnly = (right: string) => (password: Buffer) => Promise.resolve(password.toString() === right);

describe('what was meant', () => {
  it.each([
    [KEY, 'as-typed', []],
    ['k7qf2m9xt4wa8zrblp3dv6hnc1ye', 'as-written', []],
    ['K7QF–2M9X–T4WA–8ZRB–LP3D–V6HN–C1YE', 'as-written', []],
    ['K7QF-2M9X-T4WA-BZRB-LP3D-V6HN-C1YE', 'look-alike', [{ group: 4, character: 1 }]],
    ['k7qf 2m9x t4wa 8zrb lp3d v6hn ciye', 'look-alike', [{ group: 7, character: 2 }]],
  ])('%s', async (text, form, places) => {
    const typed = Buffer.from(text);
    const meant = await findMeantKey(opensOnly(KEY), typed);
    expect(meant).toMatchObject({ form, places });
    expect(meant?.password.toString()).toBe(KEY);
    expect(typed.toString()).toBe(text); // the caller's to wipe
  });

  it('is nothing where nothing opens it, and what was tried is wiped', async () => {
    const tried: Buffer[] = [];
    const told: string[] = [];
    const opens = (password: Buffer): Promise<boolean> => {
      tried.push(password);
      return Promise.resolve(false);
    };
    const typed = Buffer.from(KEY.toLowerCase());
    expect(await findMeantKey(opens, typed, { onLookAlikes: () => told.push('look-alikes') })).toBeNull();
    expect(told).toEqual(['look-alikes']);
    expect(tried.length).toBeGreaterThan(10);
    expect(tried.length).toBeLessThanOrEqual(42);
    expect(tried.slice(1).every((password) => password.every((byte) => byte === 0))).toBe(true);
    expect(await findMeantKey(opens, Buffer.from('another password'))).toBeNull();
  });

  it('is no longer looked for after a cancel', async () => {
    const controller = new AbortController();
    let count = 0;
    const opens = (): Promise<boolean> => {
      if (++count === 5) controller.abort();
      return Promise.resolve(false);
    };
    const searching = findMeantKey(opens, Buffer.from(KEY), { signal: controller.signal });
    await expect(searching).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(count).toBe(5);
  });
});

describe('adding a typed key', () => {
  it('keeps the form that opens the given backup, and remembers that it does', async () => {
    const library = await makeLibrary();
    const path = await tinyBackup(join(await backupFolder(), 'one.tar'), { password: KEY });
    const typed = Buffer.from('k7qf2m9xt4wabzrblp3dv6hnc1ye');
    const report = await addTypedKey(library, { typed, against: path, label: 'Home' });
    expect(report).toMatchObject({
      form: 'look-alike',
      places: [{ group: 4, character: 1 }],
      added: { isNew: true, key: { label: 'Home', origin: 'typed', strength: { verdict: 'strong' } } },
    });
    expect(await library.vault.matches(report.added.key.id, Buffer.from(KEY))).toBe(true);
    library.engine.forget();
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({
      outcome: 'opens',
      remembered: true,
    });
    expect(library.engine.tried).toEqual([]);
  });

  it('keeps nothing that does not open the given backup', async () => {
    const library = await makeLibrary();
    const path = await tinyBackup(join(await backupFolder(), 'one.tar'), { password: 'another' });
    const adding = addTypedKey(library, { typed: Buffer.from(KEY), against: path });
    await expect(adding).rejects.toMatchObject({ code: 'WRONG_KEY' });
    await expect(adding).rejects.not.toThrow(KEY);
    expect(await library.vault.list()).toEqual([]);
  });

  it('is refused against a backup that proves nothing, and with an empty key', async () => {
    const library = await makeLibrary();
    const path = await tinyBackup(join(await backupFolder(), 'plain.tar'));
    for (const request of [{ typed: Buffer.from(KEY), against: path }, { typed: Buffer.alloc(0) }])
      await expect(addTypedKey(library, request)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await library.vault.list()).toEqual([]);
  });

  it.each([
    [KEY, undefined, 'as-typed', KEY],
    [KEY.toLowerCase(), undefined, 'as-written', KEY],
    [KEY.toLowerCase(), 'as-typed', 'as-typed', KEY.toLowerCase()],
    ['no key of Home Assistant', undefined, 'as-typed', 'no key of Home Assistant'],
    ['  blanks belong to it ', undefined, 'as-typed', '  blanks belong to it '],
  ] as const)('without a backup: %s', async (text, form, kept, secret) => {
    const library = await makeLibrary();
    const { added, form: taken } = await addTypedKey(library, { typed: Buffer.from(text), form });
    expect(taken).toBe(kept);
    expect(await library.vault.matches(added.key.id, Buffer.from(secret))).toBe(true);
  });

  it('is one record when it is there already', async () => {
    const library = await makeLibrary();
    await library.addKeys(KEY);
    expect(await addTypedKey(library, { typed: Buffer.from(KEY) })).toMatchObject({
      added: { isNew: false },
    });
    expect(await library.vault.list()).toHaveLength(1);
  });

  it('says that the vault is locked before anything is tried', async () => {
    const library = await makeLibrary();
    library.vault.lock();
    const adding = addTypedKey(library, { typed: Buffer.from(KEY), against: '/nowhere.tar' });
    await expect(adding).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    expect(library.engine.tried).toEqual([]);
  });
});
