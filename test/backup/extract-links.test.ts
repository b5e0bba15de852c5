// Links of an archive: symbolic ones are created on demand and stay inside, hard ones become copies of what this
// extraction wrote itself.

import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { extract } from '../../core/backup/index.ts';
import {
  describeContent,
  extractSamples,
  plainBackup,
  sodium,
  temporaryFolder,
  treeOf,
  type Sample,
} from './extract-samples.ts';

describe('links', () => {
  it('stay inside, whatever they are chained to', async () => {
    const { tree, report } = await extractSamples(
      [
        { name: 'd/up', type: 'symlink', linkname: '..' },
        { name: 'd/chain', type: 'symlink', linkname: 'up/../../victim' },
        { name: 'd/chain2', type: 'symlink', linkname: 'up/..' },
        { name: 'd/above', type: 'symlink', linkname: '../..' },
        { name: 'd/config', type: 'symlink', linkname: '/config' },
        { name: 'd/drive', type: 'symlink', linkname: 'C:\\x' },
        { name: '../evil', type: 'symlink', linkname: 'x' },
        { name: 'd/good', type: 'symlink', linkname: '../e/file' },
        { name: 'e/file', content: 'x' },
      ],
      { createLinks: true },
    );
    expect(tree).toEqual({
      share: 'dir',
      'share/d': 'dir',
      'share/d/up': 'link ..',
      'share/d/good': 'link ../e/file',
      'share/e': 'dir',
      'share/e/file': describeContent('x'),
    });
    expect(report.links.map(({ name }) => name)).toEqual([
      'd/chain',
      'd/chain2',
      'd/above',
      'd/config',
      'd/drive',
    ]);
    expect(report.skipped.map(({ name }) => name)).toEqual([
      '../evil',
      'd/chain',
      'd/chain2',
      'd/above',
      'd/config',
      'd/drive',
    ]);
  });

  it('created by an earlier run are not followed by a later one', async () => {
    const entries: Sample[] = [
      { name: 'real/x', content: 'x' },
      { name: 'link', type: 'symlink', linkname: 'real' },
    ];
    const first = await extractSamples(entries, { createLinks: true });
    expect(first.tree['share/link']).toBe('link real');
    const path = await plainBackup(first.parent, { share: [{ name: 'link/y', content: 'y' }] });
    const report = await extract(path, { keys: [], folder: first.folder, createLinks: true }, sodium);
    expect(treeOf(first.folder)).toEqual(first.tree);
    expect(report.skipped).toEqual([
      {
        member: 'share',
        name: 'link/y',
        reason: '“share/link” in the output folder is a symbolic link, and nothing is written through links',
      },
    ]);
  });

  it('point to the names that their targets got', async () => {
    const parent = await temporaryFolder();
    const path = await plainBackup(parent, {
      share: [
        { name: './a:b/c?.txt', content: 'x' },
        { name: './d:/link', type: 'symlink', linkname: '../a:b/c?.txt' },
      ],
    });
    const folder = join(parent, 'out');
    await extract(path, { keys: [], folder, createLinks: true }, sodium, 'win32');
    expect(treeOf(folder)['share/d_/link']).toBe('link ../a_b/c_.txt');
    expect(await readFile(join(folder, 'share/d_/link'), 'utf8')).toBe('x');
  });

  it('hard ones are copies of the file in their own member, never of one outside', async () => {
    const { tree, report } = await extractSamples([
      { name: 'a', content: 'content' },
      { name: 'copy', type: 'link', linkname: './a' },
      { name: 'copy-of-copy', type: 'link', linkname: 'copy' },
      { name: 'self', type: 'link', linkname: 'self' },
      { name: 'out', type: 'link', linkname: '../../victim/secret.txt' },
    ]);
    const content = describeContent('content');
    expect(tree).toEqual({
      share: 'dir',
      'share/a': content,
      'share/copy': content,
      'share/copy-of-copy': content,
    });
    expect(report.fileCount).toBe(3);
    expect(report.skipped.map(({ name }) => name)).toEqual(['self', 'out']);
  });

  it('hard ones do not reach a file that was there before', async () => {
    const parent = await temporaryFolder();
    const entries: Sample[] = [
      { name: 'a', content: 'new' },
      { name: 'b', type: 'link', linkname: 'a' },
    ];
    const path = await plainBackup(parent, { share: entries });
    mkdirSync(join(parent, 'out/share'), { recursive: true });
    writeFileSync(join(parent, 'out/share/a'), 'old');
    const report = await extract(path, { keys: [], folder: join(parent, 'out') }, sodium);
    expect(treeOf(join(parent, 'out'))).toEqual({ share: 'dir', 'share/a': describeContent('old') });
    expect(report.skipped.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});
