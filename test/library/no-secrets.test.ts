// Nothing that the library leaves on the disk besides the vault holds a secret, in whatever encoding.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { addTypedKey } from '../../core/library/add-typed-key.ts';
import { adoptKey } from '../../core/library/adopt-key.ts';
import { importKits } from '../../core/library/import-kits.ts';
import { keysFor, rememberMatch } from '../../core/library/keys-for.ts';
import { matchKeys } from '../../core/library/match-keys.ts';
import { backupFolder, makeLibrary, tinyBackup } from './library-samples.ts';

const KIT_KEY = 'KKKK-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const TYPED_KEY = 'TTTT-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const INNER_KEY = 'NNNN-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const WRONG_KEY = 'WWWW-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';

function encodings(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) =>
    // What base64 makes of it does not depend on its neighbours, but for the edges.
    Buffer.concat([Buffer.alloc(shift, 0x41), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64];
  const letters = secret.replaceAll('-', '');
  const utf16 = Buffer.from(secret, 'utf16le');
  return [
    bytes,
    utf16,
    Buffer.from(utf16).swap16(),
    Buffer.from(letters),
    ...texts.map((text) => Buffer.from(text)),
  ];
}

it('keeps no secret in the catalogue or beside it', async () => {
  const library = await makeLibrary();
  const folder = await backupFolder();
  const kit = join(folder, 'kit.txt');
  writeFileSync(kit, `Encryption key:\n${KIT_KEY}\n`);
  await importKits(library, [kit]);
  const storeText = JSON.stringify({ data: { config: { create_backup: { password: INNER_KEY } } } });
  const files = { 'data/.storage/backup': storeText };
  const config = await tinyBackup(join(folder, 'config.tar'), { password: KIT_KEY, files });
  const typed = await tinyBackup(join(folder, 'typed.tar'), { password: TYPED_KEY });
  const locked = await tinyBackup(join(folder, 'locked.tar'), { password: 'nobody has this one' });
  await addTypedKey(library, { typed: Buffer.from(TYPED_KEY), against: typed });
  await addTypedKey(library, { typed: Buffer.from(WRONG_KEY) });
  await adoptKey(library, config);
  await matchKeys(library, [config, typed, locked]);
  const keys = await keysFor(library, locked);
  await rememberMatch(library, locked, await library.engine.openWith(locked, keys), keys);

  const fingerprints = (await library.vault.list()).map(({ fingerprint }) => fingerprint);
  expect(fingerprints).toHaveLength(4);
  const names = readdirSync(library.folder).filter((name) => !name.startsWith('vault'));
  expect(names).toContain('catalog.sqlite-wal'); // what has been written last stands there
  for (const name of names) {
    const bytes = readFileSync(join(library.folder, name));
    for (const secret of [KIT_KEY, TYPED_KEY, INNER_KEY, WRONG_KEY, 'nobody has this one'])
      for (const form of encodings(secret)) expect(bytes.includes(form), `${name}: ${secret}`).toBe(false);
    for (const fingerprint of fingerprints) expect(bytes.includes(fingerprint), name).toBe(false);
  }
  const all = Buffer.concat(names.map((name) => readFileSync(join(library.folder, name))));
  expect(all.includes(locked)).toBe(true); // the search finds what is there
});
