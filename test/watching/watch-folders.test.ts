// A watched folder, with real files: every backup is told of once it is whole, again when it is another one, and nothing else.

import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { record, type Recorder, type RecorderOptions } from './recorder.ts';

let base: string;
let folder: string;
let watching: Recorder | null = null;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'strongroom-watch-'));
  folder = join(base, 'backups');
  mkdirSync(folder);
});

afterEach(async () => {
  await watching?.close();
  watching = null;
  rmSync(base, { recursive: true });
});

describe.each(['never', 'always'] as const)('with polling: %s', (polling) => {
  const start = async (options: Partial<RecorderOptions> = {}): Promise<Recorder> => {
    watching = record({ folder, polling, ...options });
    await watching.ready;
    return watching;
  };
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  it('tells of a new file once', async () => {
    const told = await start();
    write('a.tar', 'four');
    await told.until('file a.tar 4');
    write('last.tar', '');
    await told.until('file last.tar 0');
    expect(told.events).toEqual(['folder ready', 'file a.tar 4', 'file last.tar 0']);
  });

  it('does not tell of what was there, unless asked to', async () => {
    write('old.tar', 'old');
    const told = await start();
    write('new.tar', 'n');
    await told.until('file new.tar 1');
    expect(told.events).not.toContain('file old.tar 3');
    await told.close();
    const all = await start({ initial: 'report' });
    await all.until('file old.tar 3');
    await all.until('file new.tar 1');
  });

  it('waits for a file that grows slowly, and tells of it once, when it is whole', async () => {
    const told = await start();
    for (let piece = 0; piece < 12; piece++) {
      appendFileSync(join(folder, 'slow.tar'), 'x'.repeat(10));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await told.until('file slow.tar 120');
    write('last.tar', '');
    await told.until('file last.tar 0');
    expect(told.events.filter((event) => event.startsWith('file slow.tar'))).toEqual(['file slow.tar 120']);
  });

  it('does not see a download until it gets its name', async () => {
    const told = await start();
    write('x.tar.part', 'whole');
    write('.x.tar.swp', 'e');
    write('first.tar', '');
    await told.until('file first.tar 0');
    renameSync(join(folder, 'x.tar.part'), join(folder, 'x.tar'));
    await told.until('file x.tar 5');
    expect(told.events).toEqual(['folder ready', 'file first.tar 0', 'file x.tar 5']);
  });

  it('tells again of a file that was replaced by a rename', async () => {
    const told = await start();
    write('a.tar', 'one');
    await told.until('file a.tar 3');
    write('a.new', 'two');
    renameSync(join(folder, 'a.new'), join(folder, 'a.tar'));
    await told.until('file a.tar 3', 2);
    expect(told.events.filter((event) => event.startsWith('gone'))).toEqual([]);
  });

  it('tells again of a file that was overwritten, even with the same size and a kept time', async () => {
    const told = await start();
    const kept = new Date('2024-01-02T03:04:05Z');
    write('a.tar', 'one');
    utimesSync(join(folder, 'a.tar'), kept, kept);
    await told.until('file a.tar 3');
    write('a.tar', 'two');
    utimesSync(join(folder, 'a.tar'), kept, kept);
    await told.until('file a.tar 3', 2);
  });

  it('does not call a file gone that is deleted and written again at once', async () => {
    const told = await start();
    write('a.tar', 'one');
    await told.until('file a.tar 3');
    unlinkSync(join(folder, 'a.tar'));
    write('a.tar', 'three');
    await told.until('file a.tar 5');
    expect(told.events.filter((event) => event.startsWith('gone'))).toEqual([]);
  });

  it('tells of a file that is gone, and of one that was renamed under both names', async () => {
    write('a.tar', 'one');
    write('b.tar', 'two!');
    const told = await start();
    unlinkSync(join(folder, 'a.tar'));
    await told.until('gone a.tar');
    renameSync(join(folder, 'b.tar'), join(folder, 'c.tar'));
    await told.until('gone b.tar');
    await told.until('file c.tar 4');
  });

  it('never tells of a file that came and went before it stood still', async () => {
    const told = await start();
    write('short.tar', 's');
    unlinkSync(join(folder, 'short.tar'));
    write('last.tar', '');
    await told.until('file last.tar 0');
    expect(told.events).toEqual(['folder ready', 'file last.tar 0']);
  });

  it('looks into folders inside, new ones too, and follows one that is renamed', async () => {
    const told = await start();
    mkdirSync(join(folder, '2024', 'may'), { recursive: true });
    write('2024/may/a.tar', 'a');
    await told.until('file 2024/may/a.tar 1');
    write('2024/may/b.tar', 'bb');
    await told.until('file 2024/may/b.tar 2');
    renameSync(join(folder, '2024'), join(folder, 'old'));
    await told.until('file old/may/a.tar 1');
    await told.until('file old/may/b.tar 2');
    await told.until('gone 2024/may/a.tar');
    await told.until('gone 2024/may/b.tar');
    write('old/may/c.tar', 'ccc');
    await told.until('file old/may/c.tar 3');
  });

  it('leaves out folders that are not wanted', async () => {
    const told = await start({ isFolderWanted: (name) => name !== 'kept-away' });
    mkdirSync(join(folder, 'kept-away'));
    mkdirSync(join(folder, 'wanted'));
    write('kept-away/a.tar', 'a');
    write('wanted/b.tar', 'b');
    await told.until('file wanted/b.tar 1');
    expect(told.events).toEqual(['folder ready', 'file wanted/b.tar 1']);
  });

  it('follows a symbolic link to a file, and sees when what it points to changes', async () => {
    const target = join(base, 'elsewhere.tar');
    writeFileSync(target, 'far');
    const told = await start();
    symlinkSync(target, join(folder, 'link.tar'));
    symlinkSync(join(base, 'nowhere'), join(folder, 'dangling.tar'));
    symlinkSync(folder, join(folder, 'circle'));
    symlinkSync(folder, join(folder, 'circle.tar'));
    await told.until('file link.tar 3');
    if (polling === 'never') {
      // Links are known by a sweep, which a new folder causes.
      mkdirSync(join(folder, 'inside'));
      write('inside/a.tar', 'a');
      await told.until('file inside/a.tar 1');
    }
    appendFileSync(target, 'ther');
    await told.until('file link.tar 7');
    expect(told.events.join()).not.toMatch(/dangling|circle/);
  });

  it('looks into a folder behind a symbolic link, and not round in circles', async () => {
    const elsewhere = join(base, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(folder, 'linked'));
    symlinkSync(elsewhere, join(folder, 'linked-again'));
    symlinkSync(folder, join(elsewhere, 'circle'));
    symlinkSync(base, join(elsewhere, 'above'));
    const told = await start();
    writeFileSync(join(elsewhere, 'a.tar'), 'a');
    write('b.tar', 'b');
    await told.until('file b.tar 1');
    await told.until('file linked/a.tar 1');
    unlinkSync(join(elsewhere, 'a.tar'));
    await told.until('gone linked/a.tar');
    expect(told.events.length).toBe(4);
  });

  it('watches through a symbolic link to the folder', async () => {
    symlinkSync(folder, join(base, 'shortcut'));
    const told = await start({ folder: join(base, 'shortcut') });
    write('a.tar', 'a');
    await told.until('file a.tar 1');
  });

  it('takes in a burst of 1,000 files, each once', async () => {
    const told = await start();
    for (let n = 0; n < 1000; n++) write(`${n}.tar`, 'burst');
    await told.until('file 0.tar 5');
    await told.until('file 999.tar 5');
    write('last.tar', '');
    await told.until('file last.tar 0');
    const files = told.events.filter((event) => event.startsWith('file'));
    expect(files.length).toBe(1001);
    expect(new Set(files).size).toBe(1001);
  });

  it('does not tell of one file twice at the same time, but tells of the change afterwards', async () => {
    let finish: () => void = () => undefined;
    let calls = 0;
    let atOnce = 0;
    const sentinel: string[] = [];
    const told = await start({
      onFile: (path) => {
        if (!path.endsWith('a.tar')) {
          sentinel.push(path);
          return undefined;
        }
        calls++;
        expect(++atOnce).toBe(1);
        return new Promise<void>((resolve) => {
          finish = () => {
            atOnce--;
            resolve();
          };
        });
      },
    });
    write('a.tar', 'one');
    await expect.poll(() => calls, { timeout: 20_000 }).toBe(1);
    write('a.tar', 'three');
    for (const name of ['s1.tar', 's2.tar', 's3.tar']) {
      write(name, '');
      await expect.poll(() => sentinel.at(-1), { timeout: 20_000 }).toBe(join(folder, name));
    }
    expect(calls).toBe(1);
    finish();
    await expect.poll(() => calls, { timeout: 20_000 }).toBe(2);
    finish();
    await told.close();
  });

  it('is silent after closing, also about a file it had heard of', async () => {
    const told = await start();
    write('a.tar', 'a');
    await told.until('file a.tar 1');
    write('b.tar', 'b');
    await told.close();
    write('c.tar', 'c');
    const other = record({ folder, polling, initial: 'report' });
    await other.until('file c.tar 1');
    await other.close();
    expect(told.events).toEqual(['folder ready', 'file a.tar 1']);
  });

  it('is closed by its signal, and is never started by one that is over', async () => {
    const abort = new AbortController();
    const told = await start({ signal: abort.signal });
    abort.abort();
    const never = record({ folder, polling, initial: 'report', signal: abort.signal });
    await never.ready;
    write('a.tar', 'a');
    const other = record({ folder, polling, initial: 'report' });
    await other.until('file a.tar 1');
    await other.close();
    expect(told.events).toEqual(['folder ready']);
    expect(never.events).toEqual([]);
  });

  it('tells of each file once where a watched folder lies in another', async () => {
    mkdirSync(join(folder, 'inner'));
    const files: string[] = [];
    const told = await start({
      folders: [
        { path: folder, polling },
        { path: join(folder, 'inner'), polling },
      ],
      onFile: (path, of) => void files.push(`${path} of ${of}`),
    });
    write('inner/a.tar', 'a');
    write('b.tar', 'b');
    await expect.poll(() => files.length, { timeout: 20_000 }).toBe(2);
    expect(files.sort()).toEqual([
      `${join(folder, 'b.tar')} of ${folder}`,
      `${join(folder, 'inner/a.tar')} of ${join(folder, 'inner')}`,
    ]);
    await told.close();
  });

  it('says so when the name of a new file cannot be read', async (ctx) => {
    if (process.platform !== 'linux') return ctx.skip('names are always Unicode on this system');
    const told = await start({ sweepMs: 50 });
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff]), Buffer.from('.tar')]),
      'x',
    );
    write('good.tar', 'g');
    await told.until('file good.tar 1');
    await told.until(
      'problem IO_FAILED The name of the file “bad\uFFFD.tar” has bytes that are no text, so I cannot open it.',
    );
    return undefined;
  });
});
