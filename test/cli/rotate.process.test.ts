// Rotations of keys through the real program: nothing begins before the new key is saved, copies stay copies, what is away is told and done
// later, and what is printed is true.

import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { KeyInfo } from '../../shared/keys.ts';
import type { BatchReport } from '../../shared/library.ts';
import type { RotationPlan, RotationStatus } from '../../shared/rotation.ts';
import { NO_TERMINAL, PseudoTerminal } from './pseudo-terminal.ts';
import { documentOf, FIXTURES, KEY, NEW_KEY, type Run } from './run-program.ts';
import { newVault, type VaultFolder } from './vault-folder.ts';

interface Ran {
  readonly plan: RotationPlan | null;
  readonly rotation: RotationStatus;
  readonly report: BatchReport | null;
}

/** A vault with the fixtures' key; two folders with a copy each of one backup, and another backup in the first. */
async function newLibrary(): Promise<VaultFolder & { readonly here: string; readonly drive: string }> {
  const folder = await newVault();
  const [here, drive] = [join(folder.path, 'here'), join(folder.path, 'drive')];
  for (const path of [here, drive]) mkdirSync(path);
  copyFileSync(join(FIXTURES, 'v2-compressed.tar'), join(here, 'a.tar'));
  copyFileSync(join(FIXTURES, 'v2-compressed.tar'), join(drive, 'a again.tar'));
  copyFileSync(join(FIXTURES, 'v1-compressed.tar'), join(here, 'b.tar'));
  await ends(0, folder.run(['keys', 'add', '--label', 'Home 2024', '--key-file', '-'], { input: KEY }));
  await ends(0, folder.run(['library', 'add', 'here', 'drive']));
  return { ...folder, here, drive };
}

async function ends(exitCode: number, running: Promise<Run>): Promise<Run> {
  const run = await running;
  expect(run, `${run.stdout}\n${run.stderr}`).toMatchObject({ exitCode });
  return run;
}

async function keysOf(folder: VaultFolder): Promise<readonly KeyInfo[]> {
  return documentOf<{ readonly keys: readonly KeyInfo[] }>(await folder.run(['keys', 'list', '--json']))
    .report.keys;
}

const RUN = ['rotate', 'run', '--all', '--from', 'Home 2024'];

describe('strongroom rotate', () => {
  it('makes a key, saves its kit first, rotates everything, and keeps copies together', async () => {
    await using folder = await newLibrary();
    const before = readFileSync(join(folder.here, 'a.tar'));
    const refused = await ends(2, folder.run([...RUN, '--generate', '--yes']));
    expect(refused.stderr).toContain('The new key would be nowhere but in this vault. Nothing was begun.');
    expect(await keysOf(folder)).toHaveLength(1);
    expect(readFileSync(join(folder.here, 'a.tar'))).toEqual(before);

    mkdirSync(join(folder.path, 'stick'));
    const made = ['--generate', '--label', 'Home 2026', '--save-kit', 'stick/', '--yes'];
    const { stdout } = await ends(0, folder.run([...RUN, ...made, '--originals', 'quarantine']));
    expect(stdout).toContain('3 files have the new key, none is left under an old one.');
    expect(stdout).toContain('The key “Home 2024” is retired');
    expect(stdout).toContain('Home Assistant goes on with the key in its own settings');
    expect(readFileSync(join(folder.here, 'a.tar'))).toEqual(readFileSync(join(folder.drive, 'a again.tar')));
    const [kit = ''] = readdirSync(join(folder.path, 'stick'));
    expect(statSync(join(folder.path, 'stick', kit)).mode & 0o777).toBe(0o600);
    const byKit = ['verify', '--kit', join('stick', kit), 'here', 'drive'];
    await ends(0, folder.run(byKit, { env: { STRONGROOM_DATA: join(folder.path, 'no vault') } }));
    const status = documentOf<{ readonly rotations: RotationStatus[] }>(
      await folder.run(['rotate', 'status', '--json']),
    );
    const [rotation] = status.report.rotations;
    expect(rotation).toMatchObject({ id: 1, state: 'done', doneCount: 3, apart: [] });
    expect(rotation?.oldKeys).toMatchObject([{ label: 'Home 2024', state: 'retired' }]);
    expect((await ends(2, folder.run(['rotate', 'resume', '1']))).stderr).toContain('Rotation 1 is finished');
  });

  it('plans without changing anything, and takes a key from a file for saved', async () => {
    await using folder = await newLibrary();
    writeFileSync(join(folder.path, 'key.txt'), `${NEW_KEY}\n`, { mode: 0o600 });
    const choice = ['--all', '--from', 'Home 2024', '--new-key-file', 'key.txt'];
    const unknown = await ends(2, folder.run(['rotate', 'plan', ...choice]));
    expect(unknown.stderr).toContain('The new key is not in your vault yet, and a plan changes nothing.');
    expect(await keysOf(folder)).toHaveLength(1);

    await ends(0, folder.run(['keys', 'compromised', 'Home 2024']));
    const ran = await ends(
      0,
      folder.run(['rotate', 'run', '--all', '--compromised', '--new-key-file', 'key.txt', '--yes', '--json']),
    );
    const { plan, rotation, report } = documentOf<Ran>(ran).report;
    expect(plan?.advice.join(' ')).toContain('can still be opened by whoever knows the old key');
    expect(report?.items.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
    expect(rotation.left.map(({ why }) => why)).toEqual(['kept', 'kept', 'kept']);
    expect(ran.stdout + ran.stderr).not.toContain(NEW_KEY);
    expect((await keysOf(folder)).map(({ label, state }) => [label, state])).toEqual([
      ['Home 2024', 'compromised'],
      ['key.txt', 'active'],
    ]);
    await ends(0, folder.run(['rotate', 'plan', ...choice]));

    const again = ['rotate', 'run', '--all', '--compromised', '--new-key-file', 'key.txt', '--yes'];
    const { stdout } = await ends(0, folder.run(again));
    expect(stdout).toBe('Nothing to do: none of the backups that you chose is under “Home 2024”.\n');
  });

  it('says what is away, ends with 1, and does the rest when it is back', async () => {
    await using folder = await newLibrary();
    await ends(0, folder.run(['keys', 'match', 'here', 'drive']));
    renameSync(folder.drive, `${folder.drive} in a cupboard`);
    await folder.run(['library', 'scan']);
    const given = ['--new-key-file', '-', '--label', 'Home 2026', '--yes'];
    const { stdout } = await ends(1, folder.run([...RUN, ...given], { input: NEW_KEY }));
    expect(stdout).toContain('2 files have the new key, 1 is left under an old one.');
    expect(stdout).toContain(`These cannot be reached now:\n  ${join(folder.drive, 'a again.tar')}`);
    renameSync(`${folder.drive} in a cupboard`, folder.drive);
    await ends(0, folder.run(['library', 'scan']));
    await ends(0, folder.run(['rotate', 'resume', '1']));
    expect(readFileSync(join(folder.here, 'a.tar'))).toEqual(readFileSync(join(folder.drive, 'a again.tar')));
  });

  it('is set aside when a person says so, and tells it as a list of one', async () => {
    await using folder = await newLibrary();
    await ends(0, folder.run(['keys', 'match', 'here', 'drive']));
    renameSync(folder.drive, `${folder.drive} in a cupboard`);
    await folder.run(['library', 'scan']);
    await ends(1, folder.run([...RUN, '--new-key-file', '-', '--yes'], { input: NEW_KEY }));
    const ended = await ends(0, folder.run(['rotate', 'end', '1', '--json']));
    const { rotations } = documentOf<{ readonly rotations: RotationStatus[] }>(ended).report;
    expect(rotations).toMatchObject([{ id: 1, state: 'ended', doneCount: 2 }]);
  });

  it('refuses a choice that makes no sense before it opens the vault', async () => {
    await using folder = await newVault();
    const noVault = { env: { STRONGROOM_DATA: join(folder.path, 'nowhere') } };
    for (const [args, words] of [
      [['rotate', 'plan'], 'It is not said which backups are meant.'],
      [['rotate', 'run', '--all', '--from', 'x'], 'there is no terminal to ask you'],
      [['rotate', 'plan', '--all', '--new-vault-key', 'x', '--new-key-file', 'y'], 'only one new key'],
      [['rotate', 'plan', '--all', '--quarantine-days', '3'], '--quarantine-days only makes sense'],
    ] as const)
      expect((await ends(2, folder.run(args, noVault))).stderr).toContain(words);
  });

  it.skipIf(NO_TERMINAL !== null)(
    'asks at a terminal where the kit goes and whether to go on, and a no changes no backup',
    async () => {
      await using folder = await newLibrary();
      await ends(0, folder.run(['keys', 'generate', '--label', 'Home 2026']));
      const before = readFileSync(join(folder.here, 'a.tar'));
      await using terminal = new PseudoTerminal([...RUN, '--new-vault-key', 'Home 2026'], {
        cwd: folder.path,
        env: folder.env,
      });
      await terminal.sees('A folder or a new file for it');
      terminal.types('kit.txt\r');
      await terminal.sees('3 backups will be encrypted with the new key');
      await terminal.sees('Go on? [y/N]');
      terminal.types('n\r');
      expect((await terminal.ends()).exitCode).toBe(130);
      expect(statSync(join(folder.path, 'kit.txt')).isFile()).toBe(true);
      expect(readFileSync(join(folder.here, 'a.tar'))).toEqual(before);
    },
  );
});
