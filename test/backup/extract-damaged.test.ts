// Extraction of backups that are not whole: what stands before the damage, the other members, and a word on what that
// is worth. And the dry run, which must say the same without a trace.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { extract, list } from '../../core/backup/index.ts';
import {
  describeContent,
  expectedTree,
  fixturePath,
  keys,
  plainBackup,
  sodium,
  temporaryFolder,
  treeOf,
} from './extract-samples.ts';

describe('a backup that is not whole', () => {
  it('gives what stands before the damage, and the other members', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const report = await extract(fixturePath('bad/v3-bit-flip-last-chunk.tar'), { keys, folder }, sodium);
    const tree = treeOf(folder);
    const whole = expectedTree('v3-multichunk.tar');
    const after = /homeassistant\/(data\/(media\.bin|secrets|www)|homeassistant\.json)/;
    const names = (from: object) => Object.keys(from).sort();
    expect(names(tree)).toEqual(names(whole).filter((name) => !after.test(name)));
    expect(tree['share/share.txt']).toBe(whole['share/share.txt']);
    expect(tree['homeassistant/data/configuration.yaml']).toMatch(/^113 /);
    expect(report.failures).toHaveLength(1);
    expect(report.failures[0]).toMatchObject({ member: 'homeassistant', error: { code: 'DAMAGED_PAYLOAD' } });
    expect(report.failures[0]?.error.message).toMatch(/^“homeassistant”: .* is proven to be whole\.$/);
    expect(report.failures[0]?.error.hint).toBeTruthy();
  });

  it.each(['bad/v1-bit-flip.tar', 'bad/v2-bit-flip.tar'])('%s: says that nothing is proven', async (path) => {
    const folder = join(await temporaryFolder(), 'out');
    const report = await extract(fixturePath(path), { keys, folder }, sodium);
    expect(report.failures.map(({ member }) => member)).toEqual(['homeassistant']);
    expect(report.failures[0]?.error.code).toBe('DAMAGED_PAYLOAD');
    expect(report.failures[0]?.error.message).toMatch(/may be damaged too\.$/);
    expect(Object.keys(treeOf(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
    expect(report.fileCount).toBe(12);
  });

  it('one key for two: one member, and a failure for the other', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const report = await extract(fixturePath('shapes/two-keys.tar'), { keys, folder }, sodium);
    expect(Object.keys(treeOf(folder))).toContain('homeassistant/data/configuration.yaml');
    expect(report.failures).toMatchObject([{ member: 'share', error: { code: 'WRONG_KEY' } }]);
    expect(Object.keys(treeOf(folder))).not.toContain('share');
  });

  it('is read although the download was cut off before its description', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const report = await extract(fixturePath('bad/outer-truncated.tar'), { keys, folder }, sodium);
    expect(report.failures).toMatchObject([{ member: 'homeassistant', error: { code: 'TRUNCATED' } }]);
  });

  it('tells of members that a damaged header hides', async () => {
    const parent = await temporaryFolder();
    const path = await plainBackup(parent, {
      share: [{ name: 'x', content: 'x' }],
      ssl: [{ name: 'y', content: 'y' }],
    });
    const bytes = readFileSync(path);
    const header = bytes.lastIndexOf('./ssl.tar');
    writeFileSync(path, bytes.fill(0xff, header, header + 8));
    const folder = join(parent, 'out');
    const report = await extract(path, { keys: [], folder }, sodium);
    expect(treeOf(folder)).toEqual({ share: 'dir', 'share/x': describeContent('x') });
    expect(report.failures).toMatchObject([{ member: '', error: { code: 'DAMAGED_HEADER' } }]);
    const chosen = await extract(path, { keys: [], folder: `${folder}2`, members: ['share'] }, sodium);
    expect(chosen.failures).toEqual([]);
    const missing = extract(path, { keys: [], folder: `${folder}3`, members: ['ssl'] }, sodium);
    await expect(missing).rejects.toMatchObject({ code: 'DAMAGED_HEADER' });
    const names: string[] = [];
    const listing = (async () => {
      for await (const { name } of list(path, { keys: [] }, sodium)) names.push(name);
    })();
    await expect(listing).rejects.toMatchObject({ code: 'DAMAGED_HEADER' });
    expect(names).toEqual(['x']);
  });

  it('leaves out members that are no archives, with a word', async () => {
    const parent = await temporaryFolder();
    const path = await plainBackup(parent, { 'notes.txt': [], share: [{ name: 'x', content: 'x' }] });
    const folder = join(parent, 'out');
    const report = await extract(path, { keys: [], folder }, sodium);
    expect(Object.keys(treeOf(folder))).toEqual(['share', 'share/x']);
    expect(report.skipped).toEqual([
      {
        member: 'notes.txt',
        name: './notes.txt',
        reason: 'it is no archive, so there is nothing in it to extract',
      },
    ]);
  });

  it.each([
    ['bad/html-instead-of-tar.tar', 'NOT_A_BACKUP'],
    ['bad/empty.tar', 'NOT_A_BACKUP'],
  ])('%s is refused', async (path, code) => {
    const folder = join(await temporaryFolder(), 'out');
    await expect(extract(fixturePath(path), { keys, folder }, sodium)).rejects.toMatchObject({ code });
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  it.each([
    ['no key', [], 'KEY_REQUIRED'],
    ['a wrong key', [{ label: 'x', password: Buffer.from('wrong') }], 'WRONG_KEY'],
  ])('%s: refused as a whole, nothing is created', async (_, wrongKeys, code) => {
    const folder = join(await temporaryFolder(), 'out');
    const running = extract(fixturePath('v3-compressed.tar'), { keys: wrongKeys, folder }, sodium);
    await expect(running).rejects.toMatchObject({ code });
    expect(() => statSync(folder)).toThrow('ENOENT');
  });
});

describe('a dry run', () => {
  it('reports what an extraction reports, and creates nothing', async () => {
    const parent = await temporaryFolder();
    const path = fixturePath('v2-compressed.tar');
    const options = { keys, folder: join(parent, 'out') };
    const planned = await extract(path, { ...options, dryRun: true }, sodium);
    expect(treeOf(parent)).toEqual({});
    const done = await extract(path, options, sodium);
    expect({ ...planned, durationMs: 0 }).toEqual({ ...done, durationMs: 0 });
    expect(planned.fileCount).toBeGreaterThan(20);
  });

  it('sees what is in the way', async () => {
    const parent = await temporaryFolder();
    const path = await plainBackup(parent, { share: [{ name: 'a/b', content: 'new' }] });
    await mkdir(join(parent, 'out/share/a/b'), { recursive: true });
    const before = treeOf(parent);
    const report = await extract(path, { keys: [], folder: join(parent, 'out'), dryRun: true }, sodium);
    expect(report.skipped).toMatchObject([{ name: 'a/b' }]);
    expect(report.fileCount).toBe(0);
    expect(treeOf(parent)).toEqual(before);
    expect(before['backup.tar']).not.toBe(describeContent(''));
  });
});
