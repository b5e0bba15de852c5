// The plan of a batch says of each file what will be done or why not, and touches none of them.

import { createHash } from 'node:crypto';
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { candidatesAt, candidatesOf, planBatch } from '../../../core/library/batch/index.ts';
import { reasonToLeave } from '../../../core/library/batch/settled-by-facts.ts';
import { recogniseBackup } from '../../../core/library/recognise-backup.ts';
import type { PlannedItem } from '../../../shared/library.ts';
import { request } from '../../support/batch-request.ts';
import { mountSmallDisk, smallDiskMissing } from '../../support/small-disk.ts';
import { backupFolder, makeLibrary, tinyBackup, type TestLibrary } from '../library-samples.ts';

const noSmallDisk = smallDiskMissing();

function incompressible(length: number): string {
  let text = '';
  for (let index = 0; text.length < length; index++)
    text += createHash('sha512').update(String(index)).digest('base64');
  return text.slice(0, length);
}

async function planOne(library: TestLibrary, path: string, parts: Parameters<typeof request>[0] = {}) {
  const { items } = await planBatch(library, request(parts), candidatesAt([path]));
  return items[0] as PlannedItem;
}

describe('the plan of a migration', () => {
  it('says of each file what will be done, or why not, and changes none of them', async () => {
    const library = await makeLibrary(2);
    await library.addKeys('apple');
    const folder = await backupFolder();
    const at = (name: string): string => join(folder, `${name}.tar`);
    await tinyBackup(at('old'), { password: 'apple', format: 'v2', name: 'Old one' });
    await tinyBackup(at('new'), { password: 'apple', format: 'v3' });
    await tinyBackup(at('plain'));
    await tinyBackup(at('locked'), { password: 'pear', format: 'v2' });
    await tinyBackup(at('cut'), { password: 'apple', format: 'v2' });
    truncateSync(at('cut'), readFileSync(at('cut')).indexOf('SecureTar') + 100);
    writeFileSync(at('page'), '<html>Log in first</html>');
    const names = ['old', 'new', 'plain', 'locked', 'cut', 'page', 'gone'];
    const before = readdirSync(folder).map((name) => readFileSync(join(folder, name)));

    const plan = await planBatch(library, request(), candidatesAt(names.map(at)));

    const said = plan.items.map(({ state, error }) => [state, error?.code ?? null]);
    expect(said).toEqual([
      ['do', null],
      ['nothing-to-do', null],
      ['nothing-to-do', null],
      ['blocked', 'WRONG_KEY'],
      ['blocked', 'TRUNCATED'],
      ['blocked', 'NOT_A_BACKUP'],
      ['blocked', 'IO_FAILED'],
    ]);
    expect(plan.items.map(({ path }) => path)).toEqual(names.map(at));
    for (const { message } of plan.items) expect(message).toMatch(/\.$/);
    expect(plan.items[0]).toMatchObject({ name: 'Old one', inputBytes: statSync(at('old')).size });
    expect(plan.items[0]?.restoreNeeds?.supervisor).toMatch(/^2026\./);
    expect(plan.items[6]?.message).not.toContain('ENOENT');
    expect(plan.inputBytes).toBe(plan.items[0]?.inputBytes);
    expect(plan.outputBytes).toBe(plan.items[0]?.outputBytes);
    expect(plan.volumes).toHaveLength(1);
    expect(plan.volumes[0]?.growthBytes).toBeGreaterThanOrEqual(plan.outputBytes);
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name)))).toEqual(before);
  });

  it('takes each copy of a content as an item of its own', async () => {
    const library = await makeLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const first = await tinyBackup(join(folder, 'a.tar'), { password: 'apple', format: 'v2' });
    const second = join(folder, 'b.tar');
    copyFileSync(first, second);
    const { items } = await planBatch(library, request(), candidatesAt([second, first, second]));
    expect(items.map(({ path, state }) => [path, state])).toEqual([
      [second, 'do'],
      [first, 'do'],
    ]);
    expect(items[0]?.identity).toBe(items[1]?.identity);
  });

  it('leaves originals alone that an earlier batch has kept', async () => {
    const library = await makeLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    for (const name of ['a.tar.orig', 'a.tar.orig.2']) {
      const path = await tinyBackup(join(folder, name), { password: 'apple', format: 'v2' });
      expect(await planOne(library, path)).toMatchObject({ state: 'nothing-to-do' });
    }
  });

  it('says that there is no key at all where the vault is empty', async () => {
    const library = await makeLibrary();
    const path = await tinyBackup(join(await backupFolder(), 'a.tar'), { password: 'apple' });
    expect((await planOne(library, path, { format: 'v2' })).error?.code).toBe('KEY_REQUIRED');
  });

  it('tries no key twice: what is known to open a backup is the only key that is used', async () => {
    const library = await makeLibrary(2);
    await library.addKeys('apple', 'pear', 'plum', 'fig');
    const folder = await backupFolder();
    const paths = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        tinyBackup(join(folder, `${name}.tar`), { password: 'plum', format: 'v2' }),
      ),
    );
    await planBatch(library, request(), candidatesAt(paths));
    for (const { labels } of library.engine.recoded) expect(labels).toEqual(['plum']);
    library.engine.forget();
    await planBatch(library, request(), candidatesAt(paths));
    expect(library.engine.tried).toEqual([]);
    expect(library.engine.inspected).toEqual([]);
    expect(library.engine.recoded).toHaveLength(3);
  });

  it('knows from memory that all keys were tried on a locked backup', async () => {
    const library = await makeLibrary();
    await library.addKeys('apple', 'pear');
    const path = await tinyBackup(join(await backupFolder(), 'a.tar'), { password: 'plum' });
    await planOne(library, path, { format: 'v2' });
    const asked = library.sodium.asked.length;
    expect((await planOne(library, path, { format: 'v2' })).error?.code).toBe('WRONG_KEY');
    expect(library.sodium.asked).toHaveLength(asked);
    expect(library.engine.recoded).toEqual([]);
  });

  it('needs no unlocked vault for what is not encrypted', async () => {
    const library = await makeLibrary();
    const path = await tinyBackup(join(await backupFolder(), 'a.tar'));
    library.vault.lock();
    expect(await planOne(library, path)).toMatchObject({ state: 'nothing-to-do' });
  });

  it('ends with VAULT_LOCKED where a key is needed', async () => {
    const library = await makeLibrary();
    await library.addKeys('apple');
    const path = await tinyBackup(join(await backupFolder(), 'a.tar'), { password: 'apple', format: 'v2' });
    library.vault.lock();
    await expect(planOne(library, path)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  });

  it('stops when it is cancelled, and tells where it stands', async () => {
    const library = await makeLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const paths = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        tinyBackup(join(folder, `${name}.tar`), { password: 'apple', format: 'v2' }),
      ),
    );
    const seen: string[] = [];
    const stop = new AbortController();
    const planned = planBatch(library, request(), candidatesAt(paths), {
      signal: stop.signal,
      onProgress: ({ phase, doneCount, totalCount }) => {
        seen.push(`${phase} ${doneCount}/${totalCount}`);
        if (phase === 'planning') stop.abort();
      },
    });
    await expect(planned).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(seen).toContain('looking 3/3');
    expect(seen).toContain('finding-keys 3/3');
    expect(seen.at(-1)).toBe('planning 1/3');
  });

  it('wipes every key that it took from the vault', async () => {
    const library = await makeLibrary();
    await library.addKeys('apple', 'pear');
    const path = await tinyBackup(join(await backupFolder(), 'a.tar'), { password: 'apple', format: 'v2' });
    const handedOut: Buffer[] = [];
    const vault = Object.assign(Object.create(library.vault) as typeof library.vault, {
      list: () => library.vault.list(),
      find: (selector: string) => library.vault.find(selector),
      secrets: async (ids?: readonly string[]) => {
        const keys = await library.vault.secrets(ids);
        handedOut.push(...keys.map(({ password }) => password));
        return keys;
      },
    });
    await planBatch({ ...library, vault }, request(), candidatesAt([path]));
    expect(handedOut.length).toBeGreaterThan(0);
    for (const password of handedOut) expect(password.every((byte) => byte === 0)).toBe(true);
  });

  it.skipIf(noSmallDisk !== null)(
    'plans no more than fits on the disk, and still what is small enough',
    async () => {
      const disk = mountSmallDisk(17_200 * 1024);
      try {
        const library = await makeLibrary();
        await library.addKeys('apple');
        const large = incompressible(400_000);
        const backup = (name: string, files: Record<string, string>): Promise<string> =>
          tinyBackup(join(disk.folder, name), { password: 'apple', format: 'v2', files });
        const paths = [
          await backup('a.tar', { 'data/a': large.slice(0, 150_000) }),
          await backup('b.tar', { 'data/b': large }),
          await backup('c.tar', { 'data/c': 'small' }),
        ];
        const { items, volumes } = await planBatch(library, request(), candidatesAt(paths));
        expect(items.map(({ state }) => state)).toEqual(['do', 'no-room', 'do']);
        expect(items[1]?.error?.code).toBe('NO_SPACE');
        expect(items[1]?.outputBytes).toBeGreaterThan(0);
        expect(volumes).toHaveLength(1);
        expect(volumes[0]?.neededBytes).toBeLessThanOrEqual(volumes[0]?.freeBytes ?? 0);
      } finally {
        disk.remove();
      }
    },
  );
});

describe('what a batch is asked for', () => {
  it.each(['retired', 'compromised'] as const)('refuses to encrypt with a key that is %s', async (state) => {
    const library = await makeLibrary();
    const [newKeyId = ''] = await library.addKeys('apple');
    await library.vault.change(newKeyId, { state });
    for (const operation of ['encrypt', 'rekey'] as const)
      await expect(planBatch(library, request({ operation, newKeyId }), [])).rejects.toMatchObject({
        code: 'USAGE',
      });
  });

  it('refuses what makes no sense', async () => {
    const library = await makeLibrary();
    const [newKeyId = ''] = await library.addKeys('apple');
    const cases = [
      [{ operation: 'encrypt' }, 'USAGE'],
      [{ operation: 'rekey' }, 'USAGE'],
      [{ operation: 'migrate', newKeyId }, 'USAGE'],
      [{ quarantineDays: 0 }, 'USAGE'],
      [{ quarantineDays: 1.5 }, 'USAGE'],
      [{ operation: 'rekey', newKeyId: '0123456789abcdef' }, 'UNKNOWN_KEY'],
    ] as const;
    for (const [parts, code] of cases)
      await expect(planBatch(library, request(parts), [])).rejects.toMatchObject({ code });
  });

  it('has nothing to do where the backup is encrypted already, or with this very key', async () => {
    const library = await makeLibrary();
    const [apple = '', pear = ''] = await library.addKeys('apple', 'pear');
    const folder = await backupFolder();
    const path = await tinyBackup(join(folder, 'a.tar'), { password: 'apple' });
    const plain = await tinyBackup(join(folder, 'b.tar'));
    const states = async (operation: 'encrypt' | 'rekey', newKeyId: string) =>
      (await planBatch(library, request({ operation, newKeyId }), candidatesAt([path, plain]))).items.map(
        ({ state }) => state,
      );
    expect(await states('encrypt', pear)).toEqual(['nothing-to-do', 'do']);
    expect(await states('rekey', apple)).toEqual(['nothing-to-do', 'nothing-to-do']);
    expect(await states('rekey', pear)).toEqual(['do', 'nothing-to-do']);
  });
});

describe('candidates', () => {
  const copy = (path: string, state: 'present' | 'missing' | 'unreachable') => ({
    path,
    folderId: 1,
    sizeBytes: 1,
    modified: '2026-01-01T00:00:00.000Z',
    state,
    missingSince: null,
    verified: null,
  });

  it('are all files of a backup, and those that are gone only where no other is left', async () => {
    const library = await makeLibrary();
    const path = await tinyBackup(join(await backupFolder(), 'a.tar'));
    await recogniseBackup(library, path);
    const [backup] = library.catalog.library.backups({}, null, null);
    if (backup === undefined) throw new Error('the backup is known');
    const elsewhere = { ...copy('/d', 'present'), folderId: null };
    expect(candidatesOf([{ ...backup, copies: [elsewhere] }]).map(({ path: at }) => at)).toEqual(['/d']);
    const paths = (...copies: ReturnType<typeof copy>[]): string[] =>
      candidatesOf([{ ...backup, copies }]).map((candidate) => candidate.path);
    expect(paths(copy('/a', 'present'), copy('/b', 'missing'), copy('/c', 'unreachable'))).toEqual([
      '/a',
      '/c',
    ]);
    expect(paths(copy('/a', 'missing'), copy('/b', 'missing'))).toEqual(['/a', '/b']);
    rmSync(path);
    const [item] = (
      await planBatch(library, request(), candidatesOf([{ ...backup, copies: [copy(path, 'missing')] }]))
    ).items;
    expect(item).toMatchObject({
      state: 'blocked',
      identity: backup.identity,
      error: { code: 'IO_FAILED' },
    });
    const away = candidatesOf([{ ...backup, copies: [copy(path, 'unreachable')] }]);
    const [unreached] = (await planBatch(library, request(), away)).items;
    expect(unreached?.state).toBe('blocked');
    expect(unreached?.message).toContain('cannot be reached');
  });
});

describe('what is known of a backup', () => {
  const details = {
    type: 'full',
    homeAssistantVersion: null,
    sizeBytes: 1,
    protection: 'encrypted',
    format: 'v3',
    mismatch: false,
    contents: [],
    restoreNeeds: { supervisor: null, core: null },
  } as const;
  const opens = [{ keyId: 'k', outcome: 'all', settledPositions: [0] }] as const;

  it('settles what need not be opened, and nothing else', () => {
    const leave = (
      parts: Partial<Omit<typeof details, 'protection' | 'format' | 'mismatch'>> & {
        protection?: 'encrypted' | 'plain' | 'none' | 'mixed';
        format?: 'v2' | 'v3' | 'plain';
        mismatch?: boolean;
      },
      asked: Parameters<typeof request>[0],
      trials: Parameters<typeof reasonToLeave>[1] = [],
    ): boolean => reasonToLeave({ details: { ...details, ...parts } }, trials, request(asked)) !== null;
    expect(leave({}, {})).toBe(true);
    expect(leave({ format: 'v2' }, {})).toBe(false);
    expect(leave({ format: 'v2' }, { format: 'v2' })).toBe(true);
    expect(leave({ mismatch: true }, {})).toBe(false);
    expect(leave({ protection: 'mixed' }, {})).toBe(false);
    expect(leave({ protection: 'plain', format: 'plain' }, {})).toBe(true);
    expect(leave({}, { operation: 'encrypt', newKeyId: 'k' })).toBe(true);
    expect(leave({ protection: 'plain', format: 'plain' }, { operation: 'encrypt', newKeyId: 'k' })).toBe(
      false,
    );
    expect(leave({}, { operation: 'rekey', newKeyId: 'k' }, opens)).toBe(true);
    expect(leave({}, { operation: 'rekey', newKeyId: 'other' }, opens)).toBe(false);
    expect(leave({ format: 'v2' }, { operation: 'rekey', newKeyId: 'k' }, opens)).toBe(false);
    expect(reasonToLeave({}, opens, request())).toBeNull();
  });
});
