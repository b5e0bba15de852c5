// Nothing the program writes holds a secret that it was not asked to write: everything printed, every file in its data
// folder, its temporary folder and its home, its arguments and its environment, from the first command to the last.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { AddedKey } from '../../shared/keys.ts';
import { documentOf, FIXTURES, KEY, MAIN, OTHER_KEY, plainEnvironment, type Run } from './run-program.ts';
import { newDataFolder, PASSPHRASE } from './vault-folder.ts';

const NEW_PASSPHRASE = 'a window over the silent harbour';
const WRONG_PASSPHRASE = 'nine wrong elephants';
const WEAK_PASSWORD = 'summerhouse2019';
/** With a character that looks like another. */
const MISREAD = KEY.replace('8', 'B');

interface Written {
  readonly where: string;
  readonly bytes: Buffer;
}

/** How a secret could stand in what is written: as it is, in UTF-16, in hex, in base64 at each of the three places. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(shift === 0 ? 0 : 4, -4); // what its neighbours take part in differs
  });
  const texts = [secret, secret.replaceAll('-', ''), secret.toLowerCase(), bytes.toString('hex'), ...base64];
  return [...texts.map((text) => Buffer.from(text)), Buffer.from(secret, 'utf16le')];
}

function findSecrets(written: readonly Written[], secrets: readonly string[]): string[] {
  return written.flatMap(({ where, bytes }) =>
    secrets.flatMap((secret, index) =>
      formsOf(secret).some((form) => bytes.includes(form)) ? [`secret ${index} in ${where}`] : [],
    ),
  );
}

function filesBelow(folder: string): Written[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ where: path.slice(folder.length), bytes: readFileSync(path) }));
}

describe('everything that is written', () => {
  it('finds a secret in each of its forms (the test itself)', () => {
    for (const form of formsOf(KEY)) {
      const written = [
        { where: 'here', bytes: Buffer.concat([Buffer.from('some text '), form, Buffer.from('!')]) },
      ];
      expect(findSecrets(written, [OTHER_KEY, KEY])).toEqual(['secret 1 in here']);
    }
  });

  it('holds no secret, from the first command to the last', async () => {
    await using folder = await newDataFolder();
    for (const name of ['tmp', 'given', 'asked', 'backups']) mkdirSync(join(folder.path, name));
    const given = (name: string, text: string): string => {
      const path = join(folder.path, 'given', name);
      writeFileSync(path, text);
      return path;
    };
    const printed: Written[] = [];
    const run = async (args: readonly string[], exitCode: number, input = ''): Promise<Run> => {
      const ended = await folder.run(args, { input, env: { TMPDIR: join(folder.path, 'tmp') } });
      expect(ended.exitCode, `${args.join(' ')}: ${ended.stderr}`).toBe(exitCode);
      printed.push({
        where: `what “${args.join(' ')}” printed`,
        bytes: Buffer.from(ended.stdout + ended.stderr),
      });
      return ended;
    };
    const backups = join(folder.path, 'backups');
    for (const name of [
      'v1-compressed.tar',
      'v2-compressed.tar',
      'v3-compressed.tar',
      'plain-compressed.tar',
    ])
      copyFileSync(join(FIXTURES, name), join(backups, name));
    writeFileSync(join(backups, 'bad.tar'), 'no backup at all');

    await run(['vault', 'init'], 0);
    await run(['keys', 'list', '--passphrase-file', given('wrong', WRONG_PASSPHRASE)], 3);
    await run(['keys', 'import', '--json', join(FIXTURES, 'kits')], 0);
    await run(['keys', 'add', '--json', '--label', 'Cabin', '--key-file', '-'], 0, OTHER_KEY);
    await run(['keys', 'add', '--label', 'Old', '--key-file', '-'], 0, WEAK_PASSWORD);
    await run(
      ['keys', 'add', '--key-file', '-', '--against', join(backups, 'v2-compressed.tar')],
      0,
      MISREAD,
    );
    const made = documentOf<AddedKey>(
      await run(['keys', 'generate', '--json', '--label', 'New', '--out', 'asked/kit.txt'], 0),
    ).report.key;
    await run(['keys', 'export', 'Cabin', '--out', 'asked/cabin.txt'], 0);
    await run(['keys', 'print', 'Cabin', '--out', 'asked/cabin.pdf'], 0);
    await run(['keys', 'match', '--json', backups], 7);
    await run(['keys', 'match', backups], 7);
    await run(['keys', 'drill', 'New', '--key-file', '-'], 3, OTHER_KEY);
    await run(['keys', 'drill', 'Cabin', '--json', '--key-file', '-'], 0, OTHER_KEY.toLowerCase());
    await run(['verify', '--json', '--deep', join(backups, 'v3-compressed.tar')], 0);
    await run(['rekey', '--new-vault-key', 'New', '--out', 'new', join(backups, 'v3-compressed.tar')], 0);
    await run(['keys', 'match', '--json', 'new'], 0);
    await run(['keys', 'compromised', 'Cabin'], 0);
    await run(['keys', 'remove', '--yes', 'Old'], 0);
    await run(['vault', 'lock', '--json'], 0);
    await run(['vault', 'unlock'], 0);
    await run(['vault', 'passphrase', '--new-passphrase-file', given('new', NEW_PASSPHRASE)], 0);
    await run(['keys', 'list', '--json', '--passphrase-file', join(folder.path, 'given', 'new')], 0);
    const revealed = await folder.run(['keys', 'reveal', '--yes', made.id, '--passphrase-file', 'given/new']);
    const generated = revealed.stdout.trim();
    expect(generated).toMatch(/^([A-Z0-9]{4}-){6}[A-Z0-9]{4}$/);

    const kits = readdirSync(join(FIXTURES, 'kits')).length;
    expect(kits).toBeGreaterThan(3);
    const secrets = [
      ...[PASSPHRASE, NEW_PASSPHRASE, WRONG_PASSPHRASE, WEAK_PASSWORD, KEY, OTHER_KEY, MISREAD, generated],
      ...['WXYZ-0000-AAAA-1111-BBBB-2222-CCCC', 'DDTV-CESF-QLHM-PM8S-AHHS-BF6M-5044'],
      'UT16-0000-AAAA-1111-BBBB-2222-CCCC',
    ];
    const asked = filesBelow(join(folder.path, 'asked')).filter(({ where }) => where.endsWith('.txt'));
    expect(findSecrets(asked, [generated, OTHER_KEY])).toHaveLength(2); // what was asked for is found
    for (const name of ['asked', 'given', 'passphrase']) rmSync(join(folder.path, name), { recursive: true });
    expect(findSecrets([...printed, ...filesBelow(folder.path)], secrets)).toEqual([]);
  });

  it('shows none to other users of the machine, nor to its children, nor to a core dump', async (context) => {
    if (process.platform !== 'linux') context.skip('skipped: only Linux shows all of it below /proc');
    await using folder = await newDataFolder();
    await folder.run(['vault', 'init']);
    await folder.run(['keys', 'add', '--key-file', '-'], { input: OTHER_KEY });
    const child = spawn(process.execPath, [MAIN, 'keys', 'match', join(FIXTURES, 'v3-compressed.tar')], {
      env: { ...plainEnvironment(folder.env), STRONGROOM_NEW_KEY: KEY },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let isRunning = true;
    void ended.then(() => (isRunning = false));
    const seen: Written[] = [];
    const filters = new Set<string>();
    while (isRunning) {
      look(child.pid ?? 0, seen, filters);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen.length).toBeGreaterThan(10);
    expect(findSecrets(seen, [PASSPHRASE, OTHER_KEY])).toEqual([]);
    expect([...filters].at(-1)).toBe('00000000');
  });
});

/** What the system shows of a process that runs. */
function look(pid: number, seen: Written[], filters: Set<string>): void {
  try {
    for (const name of ['cmdline', 'environ', 'comm'])
      seen.push({ where: name, bytes: readFileSync(`/proc/${pid}/${name}`) });
    const filter = readFileSync(`/proc/${pid}/coredump_filter`, 'utf8').trim();
    if (filter !== '') filters.add(filter); // empty: it has ended, and its memory is gone already
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
      for (const inner of children) {
        const environment = readFileSync(`/proc/${inner}/environ`);
        seen.push({ where: `environment of child ${inner}`, bytes: environment });
        if (environment.includes(KEY)) throw new Error('A child inherited a key.');
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ESRCH', 'EACCES'].includes(code ?? '')) throw error; // it has just ended
  }
}
