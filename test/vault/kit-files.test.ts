// Kits on disk: every fixture gives its keys, everything else is refused in words, nothing hangs, nothing is repeated.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { labelForKit, readKitFiles, type KitFile } from '../../core/vault/kit-files.ts';
import { KIT_LIMIT_BYTES } from '../../shared/emergency-kit.ts';

const kits = join(import.meta.dirname, '../fixtures/kits');
const expected = JSON.parse(readFileSync(join(kits, '../expected.json'), 'utf8')) as {
  kits: Record<string, string[]>;
};
const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const OTHER = 'AAAA-1111-BBBB-2222-CCCC-3333-DDDD';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-kits-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

async function read(...paths: string[]): Promise<KitFile[]> {
  return Array.fromAsync(readKitFiles(paths));
}

const texts = ({ keys }: KitFile): string[] => keys.map((key) => key.toString());
const reason = ({ error }: KitFile): unknown => [error?.code, error?.details['reason']];

describe('files given by name', () => {
  it('gives exactly the keys of every fixture', async () => {
    const names = readdirSync(kits).sort();
    const files = await read(...names.map((name) => join(kits, name)));
    expect(Object.fromEntries(files.map((kit, index) => [names[index], texts(kit)]))).toEqual(expected.kits);
    for (const kit of files) {
      expect(kit.named).toBe(true);
      expect(kit.error === null).toBe(kit.keys.length > 0);
    }
  });

  it('gives what the kit says, and each key in memory of its own', async () => {
    const path = await file(
      'two.md',
      `Kit\n\nDate: 2026\n\nHome:\nA\n\nURL:\nhttp://a\n\nKey:\n${KEY}\n${OTHER}\n`,
    );
    const [kit] = await read(path);
    expect(kit?.kit).toEqual({ instance: 'A', url: 'http://a', date: '2026' });
    expect(kit && texts(kit)).toEqual([KEY, OTHER]);
    kit?.keys[0]?.fill(0);
    expect(kit?.keys[1]?.toString()).toBe(OTHER);
  });

  it('takes any ending, and a key typed again in small letters', async () => {
    const path = await file('kit.backup', `My Home\n${KEY.toLowerCase()}\n`);
    expect((await read(path)).map(texts)).toEqual([[KEY]]);
  });

  it.each([
    ['an empty file', '', 'empty', /“x.txt” is empty/],
    ['no key', 'hello\n', 'no-key', /There is no encryption key in “x.txt”\./],
    ['a part of a key', `Key:\n${KEY.slice(0, 22)}`, 'incomplete', /only a part/],
    ['Cyrillic letters', `Key:\n${KEY.replace('K', 'К')}`, 'look-alikes', /Greek or Cyrillic/],
    [
      'a picture',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0xff, 0xd8]),
      'no-key',
      /no encryption key/,
    ],
    ['only zeros', Buffer.alloc(5000), 'no-key', /no encryption key/],
    ['a huge file', Buffer.alloc(KIT_LIMIT_BYTES + 1, 'x'), 'too-large', /too large/],
  ])('refuses %s and repeats nothing of it', async (_, content, why, message) => {
    const [kit] = await read(await file('x.txt', content));
    expect(kit && reason(kit)).toEqual(['USAGE', why]);
    expect(kit?.error?.message).toMatch(message);
    expect(kit?.error?.hint).toBeTruthy();
    expect(JSON.stringify([kit?.error?.message, kit?.error?.hint, kit?.error?.details])).not.toMatch(
      /7QF|hello/,
    );
    expect(kit?.keys).toEqual([]);
  });

  it('reads a file of just the largest size', async () => {
    const path = await file('x.txt', `${KEY}\n`.padEnd(KIT_LIMIT_BYTES, ' '));
    expect((await read(path)).map(texts)).toEqual([[KEY]]);
  });

  it('says what is not there, and goes on', async () => {
    const good = await file('good.txt', KEY);
    const files = await read(join(folder, 'gone.txt'), good);
    expect(files.map(({ error }) => error?.code ?? null)).toEqual(['IO_FAILED', null]);
    expect(files[0]?.error?.message).toBe('“gone.txt” is not there.');
  });

  it('does not hang on a pipe, nor open a device', async () => {
    const pipe = join(folder, 'pipe.txt');
    execFileSync('mkfifo', [pipe]);
    const files = await read(pipe, '/dev/zero');
    expect(files.map(reason)).toEqual([
      ['USAGE', 'special-file'],
      ['USAGE', 'special-file'],
    ]);
  });

  it('follows a link given by name, and sees a circle of links', async () => {
    const link = join(folder, 'link.txt');
    await symlink(await file('kit.txt', KEY), link);
    const circle = join(folder, 'circle.txt');
    await symlink(circle, circle);
    const files = await read(link, circle);
    expect(files.map(texts)).toEqual([[KEY], []]);
    expect(files[1]?.error).toMatchObject({ code: 'IO_FAILED', message: expect.stringContaining('circle') });
  });

  it('keeps a name with a line break on one line of the message', async () => {
    const [kit] = await read(await file('a\nb.txt', 'x'));
    expect(kit?.error?.message).toBe('There is no encryption key in “a�b.txt”.');
  });

  it('says what may not be read', async (ctx) => {
    if (process.getuid?.() === 0) ctx.skip('root may read everything');
    const path = await file('kit.txt', KEY);
    await chmod(path, 0o000);
    expect((await read(path))[0]?.error).toMatchObject({
      code: 'IO_FAILED',
      details: { systemCode: 'EACCES' },
    });
  });

  it('says that a part of the path is a file', async () => {
    const path = await file('kit.txt', KEY);
    expect((await read(join(path, 'x')))[0]?.error).toMatchObject({ code: 'IO_FAILED' });
  });
});

describe('folders', () => {
  it('finds the kits of a whole folder, in the order of their names', async () => {
    const files = await read(kits);
    const found = Object.fromEntries(files.map((kit) => [kit.path.slice(kits.length + 1), texts(kit)]));
    expect(found).toEqual(expected.kits);
    expect(files.map(({ path }) => path)).toEqual(files.map(({ path }) => path).sort());
    expect(files.every(({ named }) => !named)).toBe(true);
  });

  it('looks into folders in it, and opens only what a kit may be saved as', async () => {
    await mkdir(join(folder, 'a/b'), { recursive: true });
    await file('a/b/deep.txt', KEY);
    await file('kit', OTHER);
    for (const name of ['backup.tar', 'x.tar.gz', 'photo.jpg', 'kit.pdf', '.hidden.txt', '._kit.txt']) {
      await file(name, KEY);
    }
    const found = await read(folder);
    expect(found.map((kit) => [kit.path.slice(folder.length + 1), texts(kit)])).toEqual([
      ['kit', [OTHER]],
      ['a/b/deep.txt', [KEY]],
    ]);
  });

  it('follows no link in it: not to a file, not to a folder, not in a circle', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'strongroom-outside-'));
    await writeFile(join(outside, 'kit.txt'), KEY);
    await symlink(outside, join(folder, 'outside'));
    await symlink(join(outside, 'kit.txt'), join(folder, 'kit.txt'));
    await symlink(folder, join(folder, 'self'));
    const found = await read(folder);
    await rm(outside, { recursive: true });
    expect(found.map(({ path, named, error }) => [path, named, error?.code])).toEqual([
      [folder, true, 'USAGE'],
    ]);
  });

  it('passes by pipes', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.txt')]);
    await file('kit.txt', KEY);
    expect((await read(folder)).map(texts)).toEqual([[KEY]]);
  });

  it('says that there is no kit in it, after the files that are none', async () => {
    await file('notes.txt', 'milk');
    const found = await read(folder);
    expect(found.map((kit) => [kit.path, kit.named, ...(reason(kit) as string[])])).toEqual([
      [join(folder, 'notes.txt'), false, 'USAGE', 'no-key'],
      [folder, true, 'USAGE', 'no-kit'],
    ]);
  });

  it('ends its search in a bottomless folder and says so', async () => {
    const deep = Array.from({ length: 40 }, (_, index) => `d${index}`).join('/');
    await mkdir(join(folder, deep), { recursive: true });
    await file('kit.txt', KEY);
    const found = await read(folder);
    expect(found.map(({ error }) => error?.code ?? null)).toEqual([null, 'LIMIT_EXCEEDED']);
    expect(found.map(({ path }) => path)).toEqual([join(folder, 'kit.txt'), folder]);
    expect(found[0] && texts(found[0])).toEqual([KEY]);
  });
});

describe('stopping', () => {
  it('stops between two files', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { path } of readKitFiles([kits], { signal: stop.signal })) {
        seen.push(path);
        stop.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(seen).toHaveLength(1);
  });
});

describe('labelForKit', () => {
  const nothing = { instance: null, url: null, date: null };
  it.each([
    [
      'instance and year of its date',
      { ...nothing, instance: 'Home', date: 'March 26, 2026 at 3:23 PM' },
      'x.txt',
      'Home 2026',
    ],
    [
      'the date in another language',
      { ...nothing, instance: '家', date: '2025年3月26日' },
      'x.txt',
      '家 2025',
    ],
    [
      'the year of the file name',
      { ...nothing, instance: 'Home', date: '26/3' },
      '/a/home_assistant_backup_emergency_kit_26_03_2026_15_23.txt',
      'Home 2026',
    ],
    ['the instance alone', { ...nothing, instance: 'Home' }, 'x.txt', 'Home'],
    ['the file name', nothing, '/a/b/Old house.txt', 'Old house'],
    ['a file name without ending', nothing, 'kit', 'kit'],
    ['one line', { ...nothing, instance: 'A\n\u202EB' }, 'x.txt', 'A B'],
    ['something at least', nothing, '/', 'Emergency kit'],
    ['no more than a label', { ...nothing, instance: 'x'.repeat(300) }, 'x.txt', 'x'.repeat(80)],
  ])('%s', (_, kit, name, label) => {
    expect(labelForKit(kit, name)).toBe(label);
  });
});
