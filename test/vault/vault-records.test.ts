// Key records: one secret is one record, labels are unique, a key is found by what a person types.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeVault, newKey, STRENGTH, vaultIn, byPassphrase } from './vault-fixture.ts';
import { decodeContents, emptyContents, encodeContents } from '../../core/vault/vault-contents.ts';
import { addKeys } from '../../core/vault/key-records.ts';

describe('the same secret', () => {
  it('twice is one record, in one call and in two', async () => {
    const { vault } = await makeVault();
    const twice = await vault.add([newKey('Home', 'one'), newKey('Home again', 'one')]);
    const later = await vault.add([newKey('Much later', 'one'), newKey('Other', 'two')]);
    expect([...twice, ...later].map(({ isNew }) => isNew)).toEqual([true, false, false, true]);
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Home', 'Other']);
    expect(later[0]?.key).toEqual(twice[0]?.key);
  });

  it('teaches a record what it did not know, and nothing that it knew', async () => {
    const { vault } = await makeVault();
    await vault.add([newKey('Home', 'one', { url: 'http://first' })]);
    const more = { url: 'http://second', instance: 'My home', kitDate: '2025-06-14', sourceName: 'kit.txt' };
    const [again] = await vault.add([newKey('Kit', 'one', { ...more, origin: 'emergency-kit' })]);
    expect(again?.isNew).toBe(false);
    expect(again?.key).toMatchObject({
      label: 'Home',
      origin: 'typed',
      url: 'http://first',
      instance: 'My home',
      kitDate: '2025-06-14',
      sourceName: 'kit.txt',
    });
    expect(await vault.list()).toEqual([again?.key]);
  });

  it('has another fingerprint in another vault', async () => {
    const prints = await Promise.all(
      [1, 2].map(
        async () => (await (await makeVault()).vault.add([newKey('Home', 'one')]))[0]?.key.fingerprint,
      ),
    );
    for (const print of prints) expect(print).toMatch(/^[0-9A-F]{4}-[0-9A-F]{4}$/);
    expect(prints[0]).not.toBe(prints[1]);
  });
});

describe('labels', () => {
  it('that are taken, without regard to case, get a number', async () => {
    const { vault } = await makeVault();
    await vault.add([newKey('Home', '1'), newKey('home', '2'), newKey('Home (2)', '3'), newKey('HOME', '4')]);
    expect((await vault.list()).map(({ label }) => label)).toEqual([
      'Home',
      'home (2)',
      'Home (2) (2)',
      'HOME (3)',
    ]);
  });

  it('are one line that a person can read', async () => {
    const { vault } = await makeVault();
    const labels = ['  My\n\thome\u0007 ', '', '\u202e', 'x'.repeat(300)];
    await vault.add(labels.map((label, number) => newKey(label, String(number))));
    expect((await vault.list()).map(({ label }) => label)).toEqual([
      'My home',
      'Key',
      'Key (2)',
      'x'.repeat(200),
    ]);
  });

  it('are not changed to another key’s, or to nothing, but may change their case', async () => {
    const { vault } = await makeVault();
    const [home] = await vault.add([newKey('Home', '1'), newKey('Cabin', '2')]);
    const id = home?.key.id ?? '';
    for (const label of ['cabin', ' CABIN ', '', ' \n'])
      await expect(vault.change(id, { label })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await vault.change(id, { label: 'HOME' })).toMatchObject({ label: 'HOME' });
  });

  it('are unique whatever is added', async () => {
    const label = fc.oneof(fc.constantFrom('a', 'A', 'a (2)', ' a', ''), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(label, { maxLength: 12 }), (labels) => {
        const keys = labels.map((text, number) => newKey(text, `secret ${number}`));
        const { contents } = addKeys(emptyContents(), keys, new Date());
        const folded = contents.records.map((record) => record.label.toLowerCase());
        expect(new Set(folded).size).toBe(labels.length);
      }),
    );
  });
});

describe('a key is found', () => {
  it('by id, by label and by fingerprint, without regard to case', async () => {
    const { vault } = await makeVault();
    const [home] = await vault.add([newKey('Haus Süd', '1'), newKey('Cabin', '2')]);
    const { id = '', fingerprint = '' } = home?.key ?? {};
    const ways = [id, id.toUpperCase(), 'haus süd', 'HAUS SÜD', fingerprint, fingerprint.toLowerCase()];
    for (const way of [...ways, fingerprint.replace('-', '')])
      expect((await vault.find(way)).id, way).toBe(id);
  });

  it('or the labels are told', async () => {
    const { vault } = await makeVault();
    await expect(vault.find('x')).rejects.toMatchObject({ code: 'UNKNOWN_KEY', details: { keyCount: 0 } });
    await vault.add([newKey('Home', '1'), newKey('Cabin', '2')]);
    await expect(vault.find('Hom')).rejects.toMatchObject({
      code: 'UNKNOWN_KEY',
      hint: expect.stringContaining('“Home”, “Cabin”'),
    });
  });

  it('never in place of another whose fingerprint is its label', async () => {
    const { vault } = await makeVault();
    const [home] = await vault.add([newKey('Home', '1')]);
    const fingerprint = home?.key.fingerprint ?? '';
    await vault.add([newKey(fingerprint, '2')]);
    await expect(vault.find(fingerprint)).rejects.toMatchObject({
      code: 'UNKNOWN_KEY',
      details: { foundCount: 2 },
    });
  });
});

it('a change says when the state changed, and keeps the rest', async () => {
  let time = new Date('2026-01-01T00:00:00Z');
  const { vault } = await makeVault({ now: () => time });
  const [home] = await vault.add([newKey('Home', '1', { instanceId: 'abc' })]);
  const { id = '' } = home?.key ?? {};
  time = new Date('2026-01-01T00:01:00Z');
  const drilled = await vault.change(id, { drilledAt: time.toISOString() });
  expect(drilled).toEqual({ ...home?.key, drilledAt: '2026-01-01T00:01:00.000Z' });
  const retired = await vault.change(id, { state: 'retired', instanceId: null });
  const stateChangedAt = '2026-01-01T00:01:00.000Z';
  expect(retired).toEqual({ ...drilled, state: 'retired', instanceId: null, stateChangedAt });
  await expect(vault.change(id, { exportedAt: 'yesterday' })).rejects.toMatchObject({ code: 'USAGE' });
});

it('thousands of keys fit, and too many are refused before anything is written', async () => {
  const { vault, folder } = await makeVault();
  const many = (count: number) => Array.from({ length: count }, (_, n) => newKey(`Key ${n}`, `secret ${n}`));
  await expect(vault.add(many(200).concat(bulky(80)))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(await vault.list()).toEqual([]);
  await vault.add(many(500));
  const other = await vaultIn({ folder });
  await other.unlock(byPassphrase());
  expect((await other.secrets()).at(-1)?.password.toString()).toBe('secret 499');
});

it('the payload gives back any secrets and any texts', () => {
  const texts = fc.record({
    label: fc.string(),
    url: fc.option(fc.string()),
    secret: fc.uint8Array({ minLength: 1 }),
  });
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 6 }), fc.option(fc.integer({ min: 1 })), (keys, idleLockMs) => {
      const records = keys.map(({ label, url, secret }, number) => ({
        id: String(number),
        label,
        state: 'active' as const,
        origin: 'backup' as const,
        sourceName: null,
        instance: null,
        url,
        kitDate: null,
        instanceId: null,
        addedAt: '',
        stateChangedAt: '',
        drilledAt: null,
        exportedAt: null,
        strength: STRENGTH,
        secret: Buffer.from(secret),
      }));
      const contents = { ...emptyContents(), records, idleLockMs };
      expect(decodeContents(encodeContents(contents))).toEqual(contents);
    }),
  );
});

it('a payload that says a secret lies elsewhere is refused', () => {
  const { contents } = addKeys(emptyContents(), [newKey('Home', '1')], new Date());
  const payload = encodeContents(contents);
  const refused = (change: (bytes: Buffer) => Buffer): void =>
    expect(() => decodeContents(change(Buffer.from(payload)))).toThrow(
      expect.objectContaining({ code: 'DAMAGED_VAULT' }),
    );
  const replaced = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
  refused((bytes) => bytes.subarray(0, bytes.length - 1));
  refused((bytes) => bytes.subarray(0, 3));
  refused((bytes) => bytes.fill(0xff, 0, 4));
  refused(replaced('"offset":32', '"offset":33'));
  refused(replaced('"offset":32', '"offset":-2'));
  refused(replaced('"length":32', '"length":31'));
  refused(replaced('"state":"active"', '"state":"danger"'));
  refused(replaced('"records"', '"RECORDS"'));
});

/** So much text that the file would be larger than a reader takes. */
function bulky(count: number) {
  return Array.from({ length: count }, (_, n) =>
    newKey(`Bulky ${n}`, `bulky ${n}`, { url: 'u'.repeat(250_000) }),
  );
}
