// Extraction of the fixtures gives exactly what was backed up; damaged ones give what stands before the damage.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { extract } from '../../core/backup/index.ts';
import type { Progress } from '../../shared/backup.ts';
import {
  expected,
  expectedTree,
  fixturePath,
  keys,
  plainBackup,
  sodium,
  temporaryFolder,
  treeOf,
} from './extract-samples.ts';

const archives = Object.keys(expected.archives);
const GOOD = [
  ...archives.map((name) => [name, name] as const),
  ['shapes/ha-decrypted-short-tail.tar', 'v2-compressed.tar'] as const,
  ['shapes/v3-from-short-tail.tar', 'v2-compressed.tar'] as const,
  ['bad/outer-no-end-blocks.tar', 'v3-compressed.tar'] as const,
];

describe('a good backup', () => {
  it('has eleven fixtures', () => {
    expect(archives).toHaveLength(11);
  });

  it.each(GOOD)('%s gives every file, folder and link', async (path, like) => {
    const folder = join(await temporaryFolder(), 'out');
    const report = await extract(fixturePath(path), { keys, folder }, sodium);
    const tree = expectedTree(like);
    expect(treeOf(folder)).toEqual(tree);
    const files = Object.values(tree).filter((what) => what !== 'dir');
    expect(report.fileCount).toBe(files.length);
    expect(report.bytes).toBe(files.reduce((sum, what) => sum + Number.parseInt(what, 10), 0));
    expect(report.links).toEqual([
      { member: 'homeassistant', name: './data/config-link.yaml', target: 'configuration.yaml' },
    ]);
    expect(report).toMatchObject({ folder, renamed: [], skipped: [], failures: [] });
  });

  it('creates links when asked, after everything else', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const report = await extract(
      fixturePath('v3-compressed.tar'),
      { keys, folder, createLinks: true },
      sodium,
    );
    expect(treeOf(folder)).toEqual({
      ...expectedTree('v3-compressed.tar'),
      'homeassistant/data/config-link.yaml': 'link configuration.yaml',
    });
    expect(report.links).toEqual([]);
  });

  it('keeps times, and lets only the owner read', async () => {
    const folder = await temporaryFolder();
    const path = await plainBackup(folder, {
      share: [
        { name: 'dir', type: 'directory', mode: 0o777 },
        { name: 'dir/run.sh', mode: 0o6755, content: 'x', mtime: new Date('2024-02-29T12:00:00Z') },
        { name: 'dir/notes.txt', mode: 0o666, content: 'x' },
      ],
    });
    await extract(path, { keys: [], folder: join(folder, 'out') }, sodium);
    const stat = (name: string) => statSync(join(folder, 'out/share', name));
    expect(stat('dir/run.sh').mtime.toISOString()).toBe('2024-02-29T12:00:00.000Z');
    expect(stat('dir/run.sh').nlink).toBe(1);
    expect((stat('dir').mode & 0o7777).toString(8)).toBe('700');
    expect((stat('dir/run.sh').mode & 0o7777).toString(8)).toBe('700');
    expect((stat('dir/notes.txt').mode & 0o7777).toString(8)).toBe('600');
  });

  it('tells its progress up to the last stored byte', async () => {
    const told: Progress[] = [];
    const folder = join(await temporaryFolder(), 'out');
    const options = { keys, folder, onProgress: (progress: Progress) => told.push(progress) };
    await extract(fixturePath('v3-multichunk.tar'), options, sodium);
    expect(new Set(told.map(({ phase }) => phase))).toEqual(new Set(['extracting']));
    const last = told.at(-1);
    expect(last?.totalBytes).toBeGreaterThan(2_400_000);
    expect(last?.doneBytes).toBe(last?.totalBytes);
  });
});

describe('choosing', () => {
  const path = fixturePath('plain-compressed.tar');

  it.each(['share', 'share.tar.gz', './share.tar.gz'])('one member, called %s', async (name) => {
    const folder = join(await temporaryFolder(), 'out');
    await extract(path, { keys: [], folder, members: [name] }, sodium);
    expect(Object.keys(treeOf(folder))).toEqual([
      'share',
      'share/share.txt',
      'share/sub',
      'share/sub/cert.pem',
    ]);
  });

  it('knows addons_local by the name in the metadata', async () => {
    const folder = join(await temporaryFolder(), 'out');
    await extract(path, { keys: [], folder, members: ['addons/local'] }, sodium);
    expect(Object.keys(treeOf(folder))).toContain('addons_local/addons_local.txt');
  });

  it('refuses a member that is not there, before anything is created', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const running = extract(path, { keys: [], folder, members: ['share', 'shrae'] }, sodium);
    await expect(running).rejects.toMatchObject({
      code: 'USAGE',
      message: 'This backup has no part called “shrae”.',
    });
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  it('by pattern, and tells of patterns that match nothing', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const patterns = ['secrets*.yaml', 'data/.storage', '/nowhere'];
    const report = await extract(path, { keys: [], folder, patterns }, sodium);
    expect(Object.keys(treeOf(folder)).sort()).toEqual([
      'homeassistant',
      'homeassistant/data',
      'homeassistant/data/.storage',
      'homeassistant/data/.storage/core.config_entries',
      'homeassistant/data/secrets-hardlink.yaml',
      'homeassistant/data/secrets.yaml',
    ]);
    expect(report.skipped).toEqual([
      { member: '', name: '/nowhere', reason: 'the pattern matches nothing in it' },
    ]);
  });

  it('a hard link without its file says which file it needs', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const report = await extract(path, { keys: [], folder, patterns: ['secrets.yaml'] }, sodium);
    expect(report.fileCount).toBe(0);
    expect(report.skipped[0]?.reason).toBe(
      'it is a hard link to “./data/secrets-hardlink.yaml”, which was not extracted: extract that file too',
    );
  });

  it('leaves out leading components, counted below the member’s folder', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const options = { keys: [], folder, members: ['homeassistant'], strip: 1, createLinks: true };
    const report = await extract(path, options, sodium);
    const wanted: Record<string, string> = { homeassistant: 'dir' };
    for (const [name, what] of Object.entries(expectedTree('plain-compressed.tar'))) {
      const [, below] = /^homeassistant\/data\/(.*)$/.exec(name) ?? [];
      if (below !== undefined) wanted[`homeassistant/${below}`] = what;
    }
    wanted['homeassistant/config-link.yaml'] = 'link configuration.yaml';
    expect(treeOf(folder)).toEqual(wanted);
    expect(report.skipped).toEqual([
      {
        member: 'homeassistant',
        name: './homeassistant.json',
        reason: 'nothing of its name is left once stripped',
      },
    ]);
    expect(report.renamed).toEqual([]);
  });

  it.each([-1, 0.5, Number.NaN])('refuses to strip %d', async (strip) => {
    const running = extract(path, { keys: [], folder: 'never', strip }, sodium);
    await expect(running).rejects.toMatchObject({ code: 'USAGE' });
  });
});
