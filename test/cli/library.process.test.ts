// The library through the real program: folders, scans, verification, migration, and what is remembered of it all.

import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type {
  BatchPlan,
  BatchReport,
  LibraryBackup,
  LibraryFolder,
  LibraryStatus,
  ScanReport,
  VerificationReport,
} from '../../shared/library.ts';
import { NO_TERMINAL, PseudoTerminal } from './pseudo-terminal.ts';
import { documentOf, FIXTURES, KEY, NEW_KEY, type Run } from './run-program.ts';
import { newDataFolder, newVault, type VaultFolder } from './vault-folder.ts';

const NAMES = ['v1-compressed.tar', 'v2-compressed.tar', 'v3-compressed.tar', 'plain-compressed.tar'];

/** A folder with a backup of each format under the fixtures' key. */
function makeBackups({ path }: VaultFolder, names: readonly string[] = NAMES): string {
  const folder = join(path, 'backups');
  mkdirSync(folder);
  for (const name of names) copyFileSync(join(FIXTURES, name), join(folder, name));
  return folder;
}

/** A vault with the fixtures' key in it, and a library with a backup of each format. */
async function newLibrary(): Promise<VaultFolder & { readonly backups: string }> {
  const folder = await newVault();
  await ends(0, folder.run(['keys', 'add', '--label', 'Home', '--key-file', '-'], { input: KEY }));
  const backups = makeBackups(folder);
  await ends(0, folder.run(['library', 'add', 'backups']));
  return { ...folder, backups };
}

async function ends(exitCode: number, running: Promise<Run>): Promise<Run> {
  const run = await running;
  expect(run, run.stderr).toMatchObject({ exitCode });
  return run;
}

async function report<Report>(folder: VaultFolder, ...args: string[]): Promise<Report> {
  return documentOf<Report>(await folder.run([...args, '--json'])).report;
}

async function statusOf(folder: VaultFolder): Promise<LibraryStatus> {
  return await report<LibraryStatus>(folder, 'library', 'status');
}

describe('folders of the library', () => {
  it('are taken in, listed and taken out again without a vault, and nothing in them is touched', async () => {
    await using folder = await newDataFolder();
    const backups = makeBackups(folder);
    const added = await ends(0, folder.run(['library', 'add', 'backups']));
    expect(added.stdout).toMatch(/^backups is in your library: 4 backup files, /);
    const { folders } = await report<{ folders: LibraryFolder[] }>(folder, 'library', 'list');
    expect(folders).toMatchObject([{ state: 'ready', copyCount: 4, watch: null, problem: null }]);
    expect((await statusOf(folder)).backupCount).toBe(4);
    await ends(0, folder.run(['library', 'remove', 'backups']));
    expect((await report<{ folders: LibraryFolder[] }>(folder, 'library', 'list')).folders).toEqual([]);
    expect(readdirSync(backups).sort()).toEqual([...NAMES].sort());
  });

  it('that are not there are refused, and the others taken in all the same', async () => {
    await using folder = await newDataFolder();
    makeBackups(folder);
    const run = await folder.run(['library', 'add', 'nowhere', 'backups']);
    expect(run.exitCode).not.toBe(0);
    expect(run.stderr).toContain('nowhere');
    expect(run.stdout).toContain('backups is in your library');
  });

  it('keep the rule for what arrives in them', async () => {
    await using folder = await newDataFolder();
    makeBackups(folder);
    await ends(0, folder.run(['library', 'add', 'backups', '--watch', '--verify', 'quick']));
    const rules = async (): Promise<unknown[]> =>
      (await report<{ folders: LibraryFolder[] }>(folder, 'library', 'list')).folders.map(
        ({ watch }) => watch,
      );
    expect(await rules()).toEqual([{ verify: 'quick', migrate: null, scheme: null }]);
    await ends(0, folder.run(['library', 'add', 'backups', '--no-watch']));
    expect(await rules()).toEqual([null]);
  });
});

describe('a scan', () => {
  it('tells what is new, moved, copied, changed, gone and not readable', async () => {
    await using folder = await newDataFolder();
    const backups = makeBackups(folder);
    await ends(0, folder.run(['library', 'add', 'backups']));
    const path = (name: string): string => join(backups, name);
    renameSync(path('v1-compressed.tar'), path('renamed.tar'));
    copyFileSync(path('v2-compressed.tar'), path('copy.tar'));
    copyFileSync(join(FIXTURES, 'v3-uncompressed.tar'), path('v3-compressed.tar'));
    rmSync(path('plain-compressed.tar'));
    copyFileSync(join(FIXTURES, 'v2-uncompressed.tar'), path('new.tar'));
    writeFileSync(path('no-backup.tar'), 'this is no tar file at all');

    const run = await folder.run(['library', 'scan', '--json']);
    expect(run.exitCode).toBe(7);
    expect(run.stderr).toContain('no-backup.tar');
    const found = documentOf<ScanReport>(run).report;
    const names = (paths: readonly string[]): string[] => paths.map((one) => one.slice(backups.length + 1));
    expect(found.moved.map(({ from, to }) => names([from, to]))).toEqual([
      ['v1-compressed.tar', 'renamed.tar'],
    ]);
    expect(names(found.copies)).toEqual(['copy.tar']);
    expect(names(found.changed)).toEqual(['v3-compressed.tar']);
    expect(names(found.added)).toEqual(['new.tar']);
    expect(names(found.missing)).toEqual(['plain-compressed.tar']);
    expect(names(found.unreadable.map((one) => one.path))).toEqual(['no-backup.tar']);
    expect(await statusOf(folder)).toMatchObject({ missingCopies: 1, unreadable: [{}] });

    const again = await report<ScanReport>(folder, 'library', 'scan');
    expect(again.inspectedCount).toBe(0);
    expect([...again.added, ...again.changed, ...again.copies]).toEqual([]);
  });
});

describe('a library with its key in the vault', () => {
  it('is verified, and remembers it', async () => {
    await using folder = await newLibrary();
    const before = await statusOf(folder);
    expect(before).toMatchObject({ backupCount: 4, neverVerified: 4, verifiedCount: 0 });
    const verified = await ends(0, folder.run(['library', 'verify', '--all', '--json']));
    const { results, jobId } = documentOf<VerificationReport>(verified).report;
    expect(results.map(({ status }) => status)).toEqual(['good', 'good', 'good', 'good']);
    const after = await ends(0, folder.run(['library', 'status']));
    expect(after.stdout.split('\n')[0]).toMatch(/^4 backups · 4 verified/);

    const shown = await ends(0, folder.run(['library', 'report', String(jobId)]));
    expect(shown.stdout).toContain('4 backups: 4 good.');
    const due = await ends(0, folder.run(['library', 'verify']));
    expect(due.stdout).toContain('Nothing is due');
    const found = await ends(0, folder.run(['library', 'find', 'configuration.yaml']));
    expect(found.stdout).toContain('configuration.yaml');
  });

  it('is brought to v3 after a plan, with the originals kept and everything known of the new files', async () => {
    await using folder = await newLibrary();
    const plan = await report<BatchPlan>(folder, 'library', 'plan', 'migrate', '--all');
    expect(plan.items.filter(({ state }) => state === 'do')).toHaveLength(2);
    expect(readdirSync(folder.backups).sort()).toEqual([...NAMES].sort());

    const run = await ends(0, folder.run(['library', 'migrate', '--all', '--yes', '--json']));
    const { report: done } = documentOf<{ plan: BatchPlan; report: BatchReport }>(run).report;
    expect(done.items.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    for (const { path, originalPath } of done.items) {
      expect(originalPath).toBe(`${path}.orig`);
      expect(existsSync(originalPath ?? '')).toBe(true);
    }
    const { backups } = await report<{ backups: LibraryBackup[] }>(folder, 'library', 'backups');
    const present = backups.filter(({ copies }) =>
      copies.some(({ path, state }) => state === 'present' && path.endsWith('.tar')),
    );
    expect(present.map(({ format }) => format).sort()).toEqual(['plain', 'v3', 'v3', 'v3']);
    const rewritten = present.filter(({ copies }) =>
      done.items.some(({ path }) => copies.some((copy) => copy.path === path)),
    );
    expect(rewritten.map(({ keyState }) => keyState)).toEqual(['opens', 'opens']);

    const again = await ends(0, folder.run(['library', 'migrate', '--all', '--yes']));
    expect(again.stdout).toMatch(/there is nothing to do\.\n$/);
    await ends(0, folder.run(['library', 'verify', '--all']));
  });

  it('is encrypted and re-encrypted with keys of the vault only', async () => {
    await using folder = await newLibrary();
    const plain = await ends(0, folder.run(['library', 'encrypt', '--in-format', 'plain', '--yes']));
    expect(plain.stdout).toContain('1 encrypted');
    await ends(0, folder.run(['keys', 'add', '--label', 'New', '--key-file', '-'], { input: NEW_KEY }));
    const rekey = ['library', 'rekey', '--all', '--yes', '--originals', 'quarantine'];
    const unnamed = await ends(2, folder.run(rekey));
    expect(unnamed.stderr).toContain('--new-vault-key');
    const rekeyed = await ends(0, folder.run([...rekey, '--new-vault-key', 'New']));
    expect(rekeyed.stdout).toContain('The originals are in quarantine');
    const opened = await ends(0, folder.run(['library', 'backups', '--opened-by', 'New', '--json']));
    expect(documentOf<{ backups: unknown[] }>(opened).report.backups).toHaveLength(4);
  });

  it.skipIf(NO_TERMINAL !== null)('shows the plan at a terminal and changes nothing after a no', async () => {
    await using folder = await newLibrary();
    await using terminal = new PseudoTerminal(['library', 'migrate', '--all'], {
      env: folder.env,
      cwd: folder.path,
    });
    await terminal.sees('This is the plan:');
    await terminal.sees('2 of 4 backups will be migrated');
    await terminal.sees('Go on? [y/N]');
    terminal.types('n\r');
    const { exitCode } = await terminal.ends();
    expect(exitCode).toBe(130);
    expect(readdirSync(folder.backups).sort()).toEqual([...NAMES].sort());
  });
});

describe('a library without a fitting key', () => {
  it('says which backups it is about, with exit code 3', async () => {
    await using folder = await newVault();
    await ends(0, folder.run(['keys', 'add', '--label', 'Other', '--key-file', '-'], { input: NEW_KEY }));
    makeBackups(folder);
    await ends(0, folder.run(['library', 'add', 'backups']));
    const verified = await ends(3, folder.run(['library', 'verify', '--all']));
    expect(verified.stdout).toContain('1 good, 3 without a fitting key');
    const status = await ends(3, folder.run(['library', 'status']));
    expect(status.stdout.split('\n')[0]).toContain('3 without a key');
    const planned = await ends(3, folder.run(['library', 'plan', 'migrate', '--all']));
    expect(planned.stdout).toContain('These cannot be done and are left alone:');
  });
});

describe('a damaged catalogue', () => {
  it('is made anew on request, kept aside, and costs no key', async () => {
    await using folder = await newLibrary();
    const catalog = join(folder.data, 'catalog.sqlite');
    for (const name of readdirSync(folder.data)) {
      if (name.startsWith('catalog.sqlite-')) rmSync(join(folder.data, name));
    }
    writeFileSync(catalog, 'this is no database any more, whatever it was before');
    const refused = await ends(4, folder.run(['library', 'status']));
    expect(refused.stderr).toContain('strongroom library rebuild');
    await ends(2, folder.run(['library', 'rebuild']));
    const rebuilt = await ends(0, folder.run(['library', 'rebuild', '--yes']));
    expect(rebuilt.stdout).toContain('The damaged one is kept:');
    await ends(0, folder.run(['library', 'add', 'backups']));
    await ends(0, folder.run(['library', 'verify', '--all']));
    expect((await statusOf(folder)).verifiedCount).toBe(4);
  });
});
