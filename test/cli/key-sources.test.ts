// Keys from files, kits, the environment and standard input; none of them ever in a message.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { BackupKey, Strongroom } from '../../cli/engine.ts';
import { runCli } from '../../cli/run.ts';
import { inspection, recodeReport, verification } from './fake-engine.ts';
import { fakeHost } from './fake-host.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const OTHER = 'AAAA-1111-BBBB-2222-CCCC-3333-DDDD';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-keys-'));
  await writeFile(join(folder, 'x.tar'), 'x');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Seen {
  keys: { label: string; password: string }[];
  newKey: { label: string; password: string } | null;
  buffers: Buffer[];
}

function spyEngine(): { seen: Seen; engine: Partial<Strongroom> } {
  const seen: Seen = { keys: [], newKey: null, buffers: [] };
  const plain = ({ label, password }: BackupKey) => ({ label, password: password.toString() });
  return {
    seen,
    engine: {
      inspect: () => Promise.resolve(inspection()),
      verify: (_, options) => {
        seen.keys = options.keys.map(plain);
        seen.buffers = options.keys.map(({ password }) => password);
        return Promise.resolve(verification());
      },
      recode: (_, options) => {
        seen.keys = options.keys.map(plain);
        seen.newKey = options.newKey === undefined ? null : plain(options.newKey);
        seen.buffers = [...options.keys, ...(options.newKey ? [options.newKey] : [])].map(
          ({ password }) => password,
        );
        return Promise.resolve(recodeReport());
      },
    },
  };
}

async function run(argv: string[], env: Record<string, string> = {}, typed?: string) {
  const { seen, engine } = spyEngine();
  const host = fakeHost({ engine, env, cwd: folder });
  if (typed !== undefined) host.stdin.end(typed);
  const exitCode = await runCli(argv, host);
  return { exitCode, seen, stdout: host.stdout.text, stderr: host.stderr.text, env: host.env };
}

const file = async (name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};

describe('key files', () => {
  it.each([
    ['a line end', `${KEY}\n`, KEY],
    ['no line end', KEY, KEY],
    ['CRLF', `${KEY}\r\n`, KEY],
    ['a byte order mark', `\uFEFF${KEY}\n`, KEY],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\uFEFF${KEY}\r\n`, 'utf16le'), KEY],
    ['a second line', `${KEY}\nfrom the old house\n`, KEY],
    ['blanks, which belong to the password', ' two words \n', ' two words '],
    ['blanks around a key, which do not', ` ${KEY} \n`, KEY],
    ['a short password', 'x', 'x'],
    ['letters beyond ASCII', 'pässwörd-灯\n', 'pässwörd-灯'],
  ])('with %s', async (_, content, password) => {
    const path = await file('home.txt', content);
    const { exitCode, seen } = await run(['verify', '--key-file', path, 'x.tar']);
    expect(exitCode).toBe(0);
    expect(seen.keys).toEqual([{ label: 'home.txt', password }]);
  });

  it.each([
    ['an empty file', '', 'is empty'],
    ['an empty first line', '\nkey\n', 'is empty'],
    ['a kit', `Kit\n\nKey:\n${KEY}\n`, 'is an emergency kit, not a key file'],
    ['a huge file', 'x'.repeat(300_000), 'is far too large'],
  ])('refuses %s', async (_, content, message) => {
    const path = await file('home.txt', content);
    const { exitCode, stderr } = await run(['verify', '--key-file', path, 'x.tar']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(KEY);
  });

  it('says which file is not there', async () => {
    const { exitCode, stderr } = await run(['verify', '--key-file', join(folder, 'gone.txt'), 'x.tar']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("strongroom: error: I can't find the key file “gone.txt”.");
  });

  it('reads standard input as -', async () => {
    const { seen } = await run(['verify', '--key-file', '-', 'x.tar'], {}, `${KEY}\n`);
    expect(seen.keys).toEqual([{ label: 'standard input', password: KEY }]);
  });
});

describe('standard input at a terminal', () => {
  it('is refused: what is typed there could be seen', async () => {
    const host = fakeHost({ cwd: folder, terminal: true });
    expect(await runCli(['verify', '--key-file', '-', 'x.tar'], host)).toBe(2);
    expect(host.stderr.text).toContain('Leave the option out to be asked for the key, hidden.');
  });
});

describe('several keys', () => {
  it('keeps their order and names, each key once, and takes them out of the environment', async () => {
    const one = await file('one.txt', `${KEY}\n`);
    const kit = await file('kit.txt', `Kit\n${OTHER}\n${KEY}\n`);
    const { seen, env } = await run(['verify', '--kit', kit, '--key-file', one, 'x.tar'], {
      STRONGROOM_KEY: 'hunter2',
    });
    expect(seen.keys).toEqual([
      { label: 'one.txt', password: KEY },
      { label: 'kit.txt, key 1', password: OTHER },
      { label: 'STRONGROOM_KEY', password: 'hunter2' },
    ]);
    expect(env['STRONGROOM_KEY']).toBeUndefined();
  });

  it('tells files of the same name apart', async () => {
    const one = await file('home.txt', 'a');
    const folderTwo = await mkdtemp(join(folder, 'two-'));
    await writeFile(join(folderTwo, 'home.txt'), 'b');
    const { seen } = await run([
      'verify',
      '--key-file',
      one,
      '--key-file',
      join(folderTwo, 'home.txt'),
      'x.tar',
    ]);
    expect(seen.keys.map(({ label }) => label)).toEqual(['home.txt', 'home.txt (2)']);
  });

  it('refuses a kit without a key', async () => {
    const kit = await file('kit.txt', 'ABCD-EFGH\n');
    const { exitCode, stderr } = await run(['verify', '--kit', kit, 'x.tar']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is no encryption key in “kit.txt”.');
    expect(stderr).not.toContain('ABCD');
  });
});

describe('new keys', () => {
  it.each([
    ['--new-key-file', async () => ['--new-key-file', await file('new.txt', OTHER)], 'new.txt'],
    ['--new-kit', async () => ['--new-kit', await file('new.txt', `Kit\n${OTHER}\n`)], 'new.txt'],
  ])('from %s', async (_, args, label) => {
    const { exitCode, seen } = await run(['rekey', '--yes', ...(await args()), 'x.tar'], {
      STRONGROOM_KEY: KEY,
    });
    expect(exitCode).toBe(0);
    expect(seen.newKey).toEqual({ label, password: OTHER });
    expect(seen.keys).toEqual([{ label: 'STRONGROOM_KEY', password: KEY }]);
  });

  it('from STRONGROOM_NEW_KEY', async () => {
    const { seen, env } = await run(['rekey', '--yes', 'x.tar'], {
      STRONGROOM_KEY: KEY,
      STRONGROOM_NEW_KEY: OTHER,
    });
    expect(seen.newKey).toEqual({ label: 'STRONGROOM_NEW_KEY', password: OTHER });
    expect(env['STRONGROOM_NEW_KEY']).toBeUndefined();
  });

  it('encrypt takes the only key given', async () => {
    const { seen, stderr } = await run(['encrypt', '--yes', 'x.tar'], { STRONGROOM_KEY: KEY });
    expect(seen.newKey).toEqual({ label: 'STRONGROOM_KEY', password: KEY });
    expect(stderr).toContain('strongroom: note: Encrypting with your key “STRONGROOM_KEY”.');
  });

  it('rekey never takes an old key for the new one', async () => {
    expect((await run(['rekey', '--yes', 'x.tar'], { STRONGROOM_KEY: KEY })).exitCode).toBe(2);
  });

  it('refuses a kit of several keys, and two new keys', async () => {
    const kit = await file('kit.txt', `${KEY}\n${OTHER}\n`);
    expect((await run(['rekey', '--yes', '--new-kit', kit, 'x.tar'])).stderr).toContain('holds several keys');
    const both = ['rekey', '--yes', '--new-kit', kit, '--new-key-file', kit, 'x.tar'];
    expect((await run(both)).stderr).toContain('only one new key');
  });

  it('notes that a new key is short', async () => {
    const { stderr } = await run(['rekey', '--yes', 'x.tar'], {
      STRONGROOM_KEY: KEY,
      STRONGROOM_NEW_KEY: 'short',
    });
    expect(stderr).toContain('strongroom: note: This new key is short.');
  });
});

describe('after the run', () => {
  it('has wiped every key', async () => {
    const { seen } = await run(['rekey', '--yes', 'x.tar'], {
      STRONGROOM_KEY: KEY,
      STRONGROOM_NEW_KEY: OTHER,
    });
    expect(seen.buffers).toHaveLength(2);
    for (const buffer of seen.buffers) expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});
