// The keys in the vault through the real program: in, matched with backups, out on paper, retired and removed.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { parseEmergencyKit } from '../../shared/emergency-kit.ts';
import type {
  AddedKey,
  CompromisedReport,
  DrillReport,
  KeyWithUse,
  KitImportReport,
  MatchReport,
  TypedKeyReport,
} from '../../shared/keys.ts';
import type { BackupVerification } from '../../shared/backup.ts';
import { documentOf, FIXTURES, KEY, NEW_KEY, OTHER_KEY, type Run } from './run-program.ts';
import { newVault, type VaultFolder } from './vault-folder.ts';

const KITS = join(FIXTURES, 'kits');
const FIXTURE_KIT = join(KITS, 'home_assistant_backup_emergency_kit_26_03_2026_15_23.txt');

/** The document of a run that had nothing to complain of. */
function quietly(run: Run): Run {
  expect(run.stderr).toBe('');
  return run;
}

async function addKey(folder: VaultFolder, label: string, key: string): Promise<void> {
  const run = await folder.run(['keys', 'add', '--label', label, '--key-file', '-'], { input: key });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
}

async function listKeys(folder: VaultFolder): Promise<readonly KeyWithUse[]> {
  return documentOf<{ keys: KeyWithUse[] }>(quietly(await folder.run(['keys', 'list', '--json']))).report
    .keys;
}

/** Backups of all formats under the fixtures' key, and one that is not encrypted. */
function backupsIn(folder: VaultFolder): string {
  const path = join(folder.path, 'backups');
  mkdirSync(path);
  const names = ['v1-compressed.tar', 'v2-compressed.tar', 'v3-compressed.tar', 'plain-compressed.tar'];
  for (const name of names) copyFileSync(join(FIXTURES, name), join(path, name));
  return path;
}

describe('strongroom keys import', () => {
  it('takes in a whole folder of kits, and the same key only once', async () => {
    await using folder = await newVault();
    const first = await folder.run(['keys', 'import', '--json', KITS]);
    expect(first.exitCode).toBe(0);
    const report = documentOf<KitImportReport>(quietly(first)).report;
    expect(report.files.flatMap(({ keys }) => keys).map(({ isNew }) => isNew)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(report.passedOver.map((path) => path.split('/').at(-1))).toEqual(['no-key.txt']);

    const again = documentOf<KitImportReport>(
      quietly(await folder.run(['keys', 'import', '--json', KITS, FIXTURE_KIT])),
    ).report;
    expect(again.files.flatMap(({ keys }) => keys).some(({ isNew }) => isNew)).toBe(false);
    const keys = await listKeys(folder);
    expect(keys).toHaveLength(4);
    expect(new Set(keys.map(({ label }) => label)).size).toBe(4);
    expect(keys.map(({ origin }) => origin)).toEqual(Array.from({ length: 4 }, () => 'emergency-kit'));
  });

  it('says which kit has no key, and takes the others', async () => {
    await using folder = await newVault();
    const run = await folder.run(['keys', 'import', join(KITS, 'no-key.txt'), FIXTURE_KIT, 'missing.txt']);
    expect(run.exitCode).not.toBe(0);
    expect(run.stderr).toContain('no-key.txt');
    expect(run.stderr).toContain('missing.txt');
    expect(run.stdout).toContain('is in your vault now.');
    expect(await listKeys(folder)).toHaveLength(1);
  });
});

describe('strongroom keys add', () => {
  it('reads a key without its dashes and capitals', async () => {
    await using folder = await newVault();
    const input = KEY.toLowerCase().replaceAll('-', ' ');
    const run = await folder.run(['keys', 'add', '--json', '--key-file', '-'], { input });
    expect(documentOf<TypedKeyReport>(quietly(run)).report).toMatchObject({
      form: 'as-written',
      added: { isNew: true },
    });
    const verified = await folder.run(['verify', join(FIXTURES, 'v2-compressed.tar')]);
    expect(verified.exitCode).toBe(0);
  });

  it('finds the character that was misread, with a backup to try it on', async () => {
    await using folder = await newVault();
    const input = KEY.replace('8', 'B');
    expect(input).not.toBe(KEY);
    const against = join(FIXTURES, 'v2-compressed.tar');
    const run = await folder.run(['keys', 'add', '--json', '--key-file', '-', '--against', against], {
      input,
    });
    const report = documentOf<TypedKeyReport>(quietly(run)).report;
    expect(report.form).toBe('look-alike');
    expect(report.places).toHaveLength(1);
    expect((await folder.run(['verify', against])).exitCode).toBe(0);
  });

  it('does not take a key that does not open the backup it should', async () => {
    await using folder = await newVault();
    const against = join(FIXTURES, 'v2-compressed.tar');
    const run = await folder.run(['keys', 'add', '--key-file', '-', '--against', against], {
      input: OTHER_KEY,
    });
    expect(run.exitCode).toBe(3);
    expect(await listKeys(folder)).toEqual([]);
  });

  it('refuses a file of bytes that are no text, and shows a password as it was given', async () => {
    await using folder = await newVault();
    const binary = join(folder.path, 'binary');
    writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00, 0x81, 0x0a]));
    expect((await folder.run(['keys', 'add', '--key-file', binary])).exitCode).toBe(2);
    expect(await listKeys(folder)).toEqual([]);
    await addKey(folder, 'Umlaut', 'Grüße 🔑 aus Köln');
    expect((await folder.run(['keys', 'reveal', '--yes', 'Umlaut'])).stdout).toBe('Grüße 🔑 aus Köln\n');
  });

  it('takes any password, and says how easily it is guessed', async () => {
    await using folder = await newVault();
    const run = await folder.run(['keys', 'add', '--key-file', '-'], { input: 'summer2019' });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/Guessing it takes .* with a backup in an old format, .* with one in v3\./);
    expect((await listKeys(folder))[0]?.strength.verdict).toBe('weak');
  });
});

describe('strongroom keys match', () => {
  it('tells which key opens what, remembers it, and lets every command use it', async () => {
    await using folder = await newVault();
    const backups = backupsIn(folder);
    await addKey(folder, 'Another home', OTHER_KEY);
    await addKey(folder, 'Home', KEY);
    const first = documentOf<MatchReport>(
      quietly(await folder.run(['keys', 'match', '--json', backups])),
    ).report;
    expect(first.backups.map(({ outcome }) => outcome)).toEqual(['plain', 'opens', 'opens', 'opens']);
    expect(first.keys.map(({ label, use }) => [label, use.backupCount])).toEqual(
      expect.arrayContaining([
        ['Another home', 0],
        ['Home', 3],
      ]),
    );

    const again = documentOf<MatchReport>(
      quietly(await folder.run(['keys', 'match', '--json', backups])),
    ).report;
    expect(again.argon2idCount).toBe(0);
    expect(again.backups.every(({ remembered }) => remembered)).toBe(true);

    const words = await folder.run(['keys', 'match', backups]);
    expect(words.stdout).toContain('“Home” opens 3 backups');
    expect(words.stdout).toContain('No known backup opens with “Another home”.');

    const verified = await folder.run(['verify', '--json', backups]);
    expect(verified.exitCode).toBe(0);
    const labels = documentOf<BackupVerification>(verified).results.map(
      ({ report }) => report.members[0]?.keyLabel,
    );
    expect(labels).toEqual([null, 'Home', 'Home', 'Home']);
  });

  it('knows what a verification opened, and does not try it again', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const backup = join(FIXTURES, 'v3-compressed.tar');
    expect((await folder.run(['verify', '--quick', backup])).exitCode).toBe(0);
    expect((await listKeys(folder))[0]?.use.backupCount).toBe(1);
    const match = documentOf<MatchReport>(
      quietly(await folder.run(['keys', 'match', '--json', backup])),
    ).report;
    expect(match).toMatchObject({ argon2idCount: 0, backups: [{ outcome: 'opens', remembered: true }] });
  });

  it('opens backups without its catalogue, and says that it cannot be read', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    writeFileSync(join(folder.data, 'catalog.sqlite'), 'not a database, but long enough to be looked at');
    const backup = join(FIXTURES, 'v3-compressed.tar');
    const verified = await folder.run(['verify', '--quick', backup]);
    expect(verified.exitCode).toBe(0);
    expect(verified.stderr).toContain('strongroom: note: Which key opens which backup cannot be looked up.');
    const listed = await folder.run(['keys', 'list']);
    expect(listed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Home') as string });
    expect(listed.stderr).toContain('What the keys open cannot be looked up.');
    const match = await folder.run(['keys', 'match', backup]);
    expect(match.exitCode).toBe(4);
    expect(match.stderr).toMatch(/deleted|delete/);
  });

  it('says which backups stay locked, and tries a key that comes later', async () => {
    await using folder = await newVault();
    const backups = backupsIn(folder);
    await addKey(folder, 'Another home', OTHER_KEY);
    const locked = await folder.run(['keys', 'match', backups]);
    expect(locked.exitCode).toBe(3);
    expect(locked.stdout).toContain('none of your keys');
    await addKey(folder, 'Home', KEY);
    const open = documentOf<MatchReport>(
      quietly(await folder.run(['keys', 'match', '--json', backups])),
    ).report;
    expect(open.argon2idCount).toBe(1);
  });

  it('goes on after files that are no backups, and says what they are', async () => {
    await using folder = await newVault();
    const backups = backupsIn(folder);
    await addKey(folder, 'Home', KEY);
    writeFileSync(join(backups, 'broken.tar'), 'nothing of the kind');
    const run = await folder.run(['keys', 'match', backups]);
    expect(run.exitCode).toBe(7);
    expect(run.stderr).toContain('broken.tar');
    expect(run.stdout).toContain('“Home” opens 3 backups');
  });
});

describe('strongroom keys adopt', () => {
  it('goes on after a backup that has no key inside', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const [bad, good] = [join(folder.path, 'bad.tar'), join(FIXTURES, 'plain-compressed.tar')];
    writeFileSync(bad, 'nothing of the kind');
    const one = await folder.run(['keys', 'adopt', '--json', good]);
    const both = await folder.run(['keys', 'adopt', '--json', bad, good]);
    const outcomes = documentOf<unknown>(both).results.map(({ error }) => error?.code ?? null);
    expect(outcomes[0]).toBe('NOT_A_BACKUP');
    expect(outcomes[1]).toBe(documentOf<unknown>(one).results[0]?.error?.code ?? null);
  });
});

describe('keys on paper', () => {
  it('takes back a key whose kit cannot be saved', async () => {
    await using folder = await newVault();
    const args = ['keys', 'generate', '--out', join(folder.path, 'missing', 'kit.txt')];
    const run = await folder.run(args);
    expect(run.exitCode).toBe(8);
    expect(run.stderr).toContain('There is no folder');
    expect(await listKeys(folder)).toEqual([]);
  });

  it('saves the kits of two keys in one folder within a minute', async () => {
    await using folder = await newVault();
    for (let count = 1; count <= 2; count++) {
      const args = ['keys', 'generate', '--json', '--out', `${folder.path}/`];
      const { kit } = documentOf<AddedKey & { kit: string }>(quietly(await folder.run(args))).report;
      expect(existsSync(kit)).toBe(true);
    }
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.txt'))).toHaveLength(2);
  });

  it('makes a key whose exported kit holds what reveal shows', async () => {
    await using folder = await newVault();
    const made = await folder.run([
      'keys',
      'generate',
      '--json',
      '--label',
      'Home 2027',
      '--out',
      `${folder.path}/`,
    ]);
    const { key } = documentOf<AddedKey>(quietly(made)).report;
    expect(key).toMatchObject({ label: 'Home 2027', origin: 'generated', strength: { verdict: 'strong' } });
    const [name = ''] = readdirSync(folder.path).filter((file) => file.endsWith('.txt'));
    expect(name).toMatch(/^home_assistant_backup_emergency_kit_\d\d_\d\d_\d{4}_\d\d_\d\d\.txt$/);
    const path = join(folder.path, name);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const [inKit] = parseEmergencyKit(readFileSync(path)).keys;
    const shown = await folder.run(['keys', 'reveal', '--yes', key.fingerprint]);
    expect(shown.stdout).toBe(`${inKit}\n`);
    expect(inKit).toMatch(/^([A-Z0-9]{4}-){6}[A-Z0-9]{4}$/);
  });

  it('does not show a key without a yes, nor write over a file', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const refused = await folder.run(['keys', 'reveal', 'Home']);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    const there = join(folder.path, 'there.txt');
    writeFileSync(there, 'mine');
    expect((await folder.run(['keys', 'export', 'home', '--out', there])).exitCode).toBe(8);
    expect(readFileSync(there, 'utf8')).toBe('mine');
  });

  it('makes a page to print that only its owner may read', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const pdf = join(folder.path, 'key.pdf');
    const run = await folder.run(['keys', 'print', 'Home', '--out', pdf]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
    expect(statSync(pdf).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['right', KEY, 0],
    ['right-but-written-differently', KEY.toLowerCase(), 0],
    ['look-alike', KEY.replace('8', 'B'), 3],
    ['wrong', OTHER_KEY, 3],
    ['wrong', 'some other password', 3],
  ])('hears whether the saved copy is %s', async (outcome, copy, exitCode) => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const run = await folder.run(['keys', 'drill', 'Home', '--json', '--key-file', '-'], { input: copy });
    expect(run.exitCode).toBe(exitCode);
    expect(documentOf<DrillReport>(run).report.outcome).toBe(outcome);
    expect((await listKeys(folder))[0]?.drilledAt === null).toBe(exitCode !== 0);
  });
});

describe('what becomes of a key', () => {
  it('keeps a key that a known backup needs, and lets one go that none needs', async () => {
    await using folder = await newVault();
    const backups = backupsIn(folder);
    await addKey(folder, 'Home', KEY);
    await addKey(folder, 'Mistyped', OTHER_KEY);
    await folder.run(['keys', 'match', backups]);
    const refused = await folder.run(['keys', 'remove', '--yes', 'Home']);
    expect(refused.exitCode).toBe(8);
    expect(refused.stderr).toContain('3');
    expect((await folder.run(['keys', 'remove', '--yes', 'Mistyped'])).exitCode).toBe(0);
    expect((await listKeys(folder)).map(({ label }) => label)).toEqual(['Home']);
  });

  it('removes none before it was matched with backups, unless told so', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const refused = await folder.run(['keys', 'remove', '--yes', 'Home']);
    expect(refused.exitCode).toBe(8);
    expect(refused.stderr).toContain('strongroom keys match FOLDER');
    expect((await folder.run(['keys', 'remove', '--yes', '--unmatched', 'Home'])).exitCode).toBe(0);
    expect(await listKeys(folder)).toEqual([]);
  });

  it('does not forget by the way that a key is compromised', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    await folder.run(['keys', 'compromised', 'Home']);
    for (const args of [
      ['keys', 'activate', 'Home'],
      ['keys', 'retire', 'Home'],
    ])
      expect((await folder.run(args)).exitCode).toBe(2);
    expect((await listKeys(folder))[0]?.state).toBe('compromised');
    expect((await folder.run(['keys', 'activate', '--yes', 'Home'])).exitCode).toBe(0);
    expect((await listKeys(folder))[0]?.state).toBe('active');
  });

  it('retires a key that still opens its backups', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    expect((await folder.run(['keys', 'retire', 'Home'])).exitCode).toBe(0);
    expect((await listKeys(folder))[0]?.state).toBe('retired');
    expect((await folder.run(['verify', '--quick', join(FIXTURES, 'v3-compressed.tar')])).exitCode).toBe(0);
    expect((await folder.run(['keys', 'activate', 'home'])).exitCode).toBe(0);
    expect((await listKeys(folder))[0]?.state).toBe('active');
  });

  it('lists what a compromised key opens, and what to do', async () => {
    await using folder = await newVault();
    const backups = backupsIn(folder);
    await addKey(folder, 'Home', KEY);
    await folder.run(['keys', 'match', backups]);
    const report = documentOf<CompromisedReport>(
      quietly(await folder.run(['keys', 'compromised', '--json', 'Home'])),
    ).report;
    expect(report.key.state).toBe('compromised');
    expect(report.opens.map(({ path }) => path.split('/').at(-1)).sort()).toEqual([
      'v1-compressed.tar',
      'v2-compressed.tar',
      'v3-compressed.tar',
    ]);
    expect(report.advice.length).toBeGreaterThan(2);
  });

  it('calls a key something else, but never two the same', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    await addKey(folder, 'Cabin', OTHER_KEY);
    expect((await folder.run(['keys', 'rename', 'Home', 'Our house'])).exitCode).toBe(0);
    expect((await folder.run(['keys', 'rename', 'Cabin', 'our HOUSE'])).exitCode).not.toBe(0);
    expect((await listKeys(folder)).map(({ label }) => label).sort()).toEqual(['Cabin', 'Our house']);
    const unknown = await folder.run(['keys', 'retire', 'Castle']);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('Our house');
  });
});

describe('writing with a key of the vault', () => {
  it('keeps the old key as long as a kept original needs it', async () => {
    await using folder = await newVault();
    const backup = join(folder.path, 'home.tar');
    copyFileSync(join(FIXTURES, 'v2-compressed.tar'), backup);
    await addKey(folder, 'Home', KEY);
    await addKey(folder, 'Cabin', NEW_KEY);
    const args = ['rekey', '--yes', '--originals', 'keep', '--new-vault-key', 'Cabin', backup];
    expect((await folder.run(args)).exitCode).toBe(0);
    const uses = (await listKeys(folder)).map(({ label, use }) => [label, use.backupCount]);
    expect(Object.fromEntries(uses)).toEqual({ Home: 1, Cabin: 1 });
    expect((await folder.run(['keys', 'remove', '--yes', 'Home'])).exitCode).toBe(8);
  });

  it('does not write with a compromised or retired key', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const plain = join(FIXTURES, 'plain-compressed.tar');
    for (const state of ['retire', 'compromised']) {
      expect((await folder.run(['keys', state, 'Home'])).exitCode).toBe(0);
      const refused = await folder.run(['encrypt', '--out', 'new', '--new-vault-key', 'Home', plain]);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('“Home”');
    }
  });

  it('knows a compromised key again when its kit is given', async () => {
    await using folder = await newVault();
    const plain = join(FIXTURES, 'plain-compressed.tar');
    await folder.run(['keys', 'import', FIXTURE_KIT]);
    const [key] = await listKeys(folder);
    await folder.run(['keys', 'compromised', key?.id ?? '']);
    const refused = await folder.run(['encrypt', '--out', 'new', '--new-kit', FIXTURE_KIT, plain]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('which is marked as compromised');
  });

  it('encrypts with the one key in use, or the one that is named', async () => {
    await using folder = await newVault();
    await addKey(folder, 'Home', KEY);
    const plain = join(FIXTURES, 'plain-compressed.tar');
    const one = await folder.run(['encrypt', '--out', 'one', plain]);
    expect(one.exitCode).toBe(0);
    expect(one.stderr).toContain('Encrypting with your key “Home”.');

    await addKey(folder, 'Cabin', NEW_KEY);
    const which = await folder.run(['encrypt', '--out', 'two', plain]);
    expect(which.exitCode).toBe(2);
    expect(existsSync(join(folder.path, 'two'))).toBe(false);
    expect((await folder.run(['encrypt', '--out', 'two', '--new-vault-key', 'Cabin', plain])).exitCode).toBe(
      0,
    );
    const match = documentOf<MatchReport>(
      quietly(await folder.run(['keys', 'match', '--json', 'one', 'two'])),
    ).report;
    const labels = new Map(match.keys.map(({ id, label }) => [id, label]));
    expect(match.backups.map(({ keyIds }) => keyIds.map((id) => labels.get(id)))).toEqual([
      ['Home'],
      ['Cabin'],
    ]);
  });
});
