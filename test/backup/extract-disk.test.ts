// Files appear whole or not at all: while they are written, when the disk is full, and when the user stops it.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';

import { OutputFolder, locate } from '../../core/backup/extract/output.ts';
import { extract } from '../../core/backup/index.ts';
import { describeContent, plainBackup, sodium, temporaryFolder, treeOf } from './extract-samples.ts';

const FILE = { mode: 0o644, mtimeSeconds: 0 };

describe('while a file is written', () => {
  it('it has another name, in the same folder', async () => {
    const folder = await temporaryFolder();
    const output = await OutputFolder.open(folder, undefined);
    const seen: string[][] = [];
    function* content() {
      for (const piece of ['one', 'two']) {
        yield Buffer.from(piece);
        seen.push(readdirSync(join(folder, 'd')));
      }
    }
    expect(
      await output.writeFile({ ...FILE, path: ['d', 'x'], sizeBytes: 6 }, Readable.from(content())),
    ).toBe(null);
    expect(seen).toHaveLength(2);
    for (const names of seen)
      expect(names).toEqual([expect.stringMatching(/^\.strongroom-[0-9a-f]{16}\.partial$/)]);
    expect(treeOf(folder)).toEqual({ d: 'dir', 'd/x': describeContent('onetwo') });
  });

  it('a file that another program puts there meanwhile is not overwritten', async () => {
    const folder = await temporaryFolder();
    const output = await OutputFolder.open(folder, undefined);
    function* content() {
      yield Buffer.from('ours');
      writeFileSync(join(folder, 'x'), 'theirs');
    }
    expect(await output.writeFile({ ...FILE, path: ['x'], sizeBytes: 4 }, Readable.from(content()))).toMatch(
      /already in the folder/,
    );
    expect(treeOf(folder)).toEqual({ x: describeContent('theirs') });
  });

  it('an error of the source leaves nothing', async () => {
    const folder = await temporaryFolder();
    const output = await OutputFolder.open(folder, undefined);
    function* content() {
      yield Buffer.from('ours');
      throw new Error('damaged');
    }
    await expect(
      output.writeFile({ ...FILE, path: ['x'], sizeBytes: 9 }, Readable.from(content())),
    ).rejects.toThrow('damaged');
    expect(treeOf(folder)).toEqual({});
  });
});

it.each([[['..']], [['a', '..', '..', 'b']], [['a/../../b']], [['']], [['.']], [['a\0b']]])(
  'the last look refuses %j',
  (parts) => {
    expect(() => locate('/output', parts)).toThrow('leads out');
    expect(locate('/output', ['a', '..b'])).toBe('/output/a/..b');
  },
);

describe('the output folder', () => {
  async function into(prepare: (parent: string) => string) {
    const parent = await temporaryFolder();
    const path = await plainBackup(parent, { share: [{ name: 'x', content: 'x' }] });
    const folder = prepare(parent);
    return { parent, folder, run: (dryRun = false) => extract(path, { keys: [], folder, dryRun }, sodium) };
  }

  it('is made, private, where its parent exists', async () => {
    const { folder, run } = await into((parent) => join(parent, 'new'));
    await run();
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700');
  });

  it('may be a link of the user’s own', async () => {
    const { parent, run } = await into((root) => {
      mkdirSync(join(root, 'real'));
      symlinkSync('real', join(root, 'alias'));
      return join(root, 'alias');
    });
    await run();
    expect(treeOf(join(parent, 'real'))).toEqual({ share: 'dir', 'share/x': describeContent('x') });
  });

  it('is refused without its parent, or where a file is, in a dry run too', async () => {
    const missing = await into((parent) => join(parent, 'no/such'));
    const file = await into((parent) => {
      writeFileSync(join(parent, 'file'), '');
      return join(parent, 'file');
    });
    for (const { run } of [missing, file]) {
      await expect(run()).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
      await expect(run(true)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    }
    await expect(stat(join(missing.parent, 'no'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** A signal that is raised at the n-th look at it: stops at every place there is, one after the other. */
function stopAtLook(n: number): AbortSignal {
  let looks = 0;
  return {
    get aborted() {
      return ++looks >= n;
    },
  } as AbortSignal;
}

it('stopped anywhere: CANCELLED, and only whole files', async () => {
  const parent = await temporaryFolder();
  const big = Buffer.alloc(3_000_000, 'big');
  const path = await plainBackup(parent, {
    share: [
      { name: 'a', content: 'a' },
      { name: 'big', content: big },
      { name: 'copy', type: 'link', linkname: 'big' },
    ],
  });
  const whole: Record<string, string> = {
    share: 'dir',
    'share/a': describeContent('a'),
    'share/big': describeContent(big),
    'share/copy': describeContent(big),
  };
  const stages = new Set<number>();
  for (let look = 1; ; look++) {
    const folder = join(parent, `out-${look}`);
    const running = extract(path, { keys: [], folder, signal: stopAtLook(look) }, sodium);
    const outcome = await running.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
    if (outcome === 'done') break;
    expect(outcome).toBe('CANCELLED');
    const tree = look === 1 ? {} : treeOf(folder);
    for (const [name, what] of Object.entries(tree)) expect(what, name).toBe(whole[name]);
    stages.add(Object.keys(tree).length);
  }
  // Stopped before the folder, in it, and after the first and the second file.
  expect([...stages].sort()).toEqual([0, 1, 2, 3]);
});

it('a full disk ends it with NO_SPACE and keeps what is whole', async (test) => {
  const disk = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'pipe' });
  } catch (error) {
    return test.skip(`no small disk can be mounted here: ${(error as Error).message.split('\n').join(' ')}`);
  }
  onTestFinished(() => void execFileSync('umount', [disk]));
  const path = await plainBackup(await temporaryFolder(), {
    share: [
      { name: 'small', content: 'x' },
      { name: 'big', content: Buffer.alloc(2_000_000, 1) },
      { name: 'after', content: 'y' },
    ],
  });
  const running = extract(path, { keys: [], folder: disk }, sodium);
  await expect(running).rejects.toMatchObject({ code: 'NO_SPACE', message: expect.stringContaining(disk) });
  expect(treeOf(disk)).toEqual({ share: 'dir', 'share/small': describeContent('x') });
});
