// The key that Home Assistant keeps in its own configuration, taken over from a backup of that.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { adoptKey } from '../../core/library/adopt-key.ts';
import { matchKeys } from '../../core/library/match-keys.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { toPlainError } from '../../shared/errors.ts';
import { backupFolder, day, makeLibrary, tinyBackup, type TinyBackup } from './library-samples.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';

/** As Home Assistant 2025.2 writes it, with what else stands there. */
function store(password: string | null): string {
  return JSON.stringify({
    version: 1,
    minor_version: 7,
    key: 'backup',
    data: {
      backups: [],
      config: {
        agents: { 'cloud.cloud': { protected: true, retention: null } },
        automatic_backups_configured: true,
        create_backup: { agent_ids: ['hassio.local'], include_database: true, name: null, password },
        last_completed_automatic_backup: null,
        retention: { copies: 3, days: null },
        schedule: { days: [], recurrence: 'daily', state: 'never', time: null },
      },
    },
  });
}

async function backupWith(text: string, tiny: TinyBackup = {}): Promise<string> {
  const files = { 'homeassistant.json': '{}', './data/.storage/backup': text };
  return tinyBackup(join(await backupFolder(), 'config.tar'), {
    files,
    date: day(3),
    instanceId: 'home',
    ...tiny,
  });
}

describe('the key', () => {
  it('is taken from a plain backup, with where it belongs', async () => {
    const library = await makeLibrary();
    const path = await backupWith(store(KEY));
    const report = await adoptKey(library, path);
    expect(report).toMatchObject({
      path,
      opensThisBackup: false,
      added: {
        isNew: true,
        key: {
          origin: 'backup',
          sourceName: 'config.tar',
          instanceId: 'home',
          label: 'Found in the backup of 2025-01-04',
        },
      },
    });
    expect(await library.vault.matches(report.added.key.id, Buffer.from(KEY))).toBe(true);
  });

  it.each(['v2', 'v3'] as const)(
    'is taken from an encrypted backup that a key of the vault opens: %s',
    async (format) => {
      const library = await makeLibrary();
      await library.addKeys('wrong', 'the old password');
      const path = await backupWith(store(KEY), { password: 'the old password', format });
      expect(await adoptKey(library, path)).toMatchObject({ opensThisBackup: false, added: { isNew: true } });
      expect(await library.vault.list()).toHaveLength(3);
      library.engine.forget();
      expect((await matchKeys(library, [path])).backups[0]).toMatchObject({
        outcome: 'opens',
        remembered: true,
      });
    },
  );

  it('that opens this very backup is known as the one that is there', async () => {
    const library = await makeLibrary();
    await library.addKeys('wrong', KEY);
    const path = await backupWith(store(KEY), { password: KEY });
    await matchKeys(library, [path]);
    const before = library.sodium.asked.length;
    expect(await adoptKey(library, path)).toMatchObject({ opensThisBackup: true, added: { isNew: false } });
    expect(library.sodium.asked.slice(before)).toEqual([KEY, KEY]); // once to know, once to read
  });

  it('stands at the root in the first format of backups', async () => {
    const library = await makeLibrary();
    const files = { 'configuration.yaml': '', '.storage/backup': store(KEY) };
    const path = await backupWith('', { files, metadataVersion: 1 });
    expect(await adoptKey(library, path)).toMatchObject({ added: { isNew: true } });
  });

  it('may be any password', async () => {
    const library = await makeLibrary();
    const { added } = await adoptKey(library, await backupWith(store('каминная “🏠” ')));
    expect(await library.vault.matches(added.key.id, Buffer.from('каминная “🏠” '))).toBe(true);
  });
});

describe('is refused, and nothing is kept,', () => {
  it.each([
    ['without a key in Home Assistant', store(null)],
    ['with an empty one', store('')],
    ['where the file is no JSON', `{"data": "${KEY}`],
    ['where the file is of another form', JSON.stringify({ data: { config: { password: KEY } } })],
    ['where the key is no text', store(KEY).replace(`"${KEY}"`, `["${KEY}"]`)],
    ['where the file belongs to another', store(KEY).replace('"backup"', '"other"')],
  ])('%s', async (_, text) => {
    const library = await makeLibrary();
    const error = await adoptKey(library, await backupWith(text)).then(() => null, toPlainError);
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(JSON.stringify(error)).not.toContain(KEY);
    expect(await library.vault.list()).toEqual([]);
  });

  it('from a backup from before Home Assistant kept one', async () => {
    const library = await makeLibrary();
    const adopting = adoptKey(library, join(FIXTURES, 'plain-compressed.tar'));
    await expect(adopting).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('from a backup without the configuration', async () => {
    const library = await makeLibrary();
    const adopting = adoptKey(library, join(FIXTURES, 'shapes/metadata-only.tar'));
    await expect(adopting).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('from a file far too large to be it', async () => {
    const library = await makeLibrary();
    const path = await backupWith(store(KEY) + ' '.repeat(1024 * 1024));
    await expect(adoptKey(library, path)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('from a backup that no key of the vault opens', async () => {
    const library = await makeLibrary();
    const path = await backupWith(store(KEY), { password: 'nobody has it' });
    await expect(adoptKey(library, path)).rejects.toMatchObject({ code: 'KEY_REQUIRED' });
    await library.addKeys('wrong');
    await expect(adoptKey(library, path)).rejects.toMatchObject({ code: 'WRONG_KEY' });
  });
});
