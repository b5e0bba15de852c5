// Whatever names and links an archive holds, and whatever stands in the output folder: nothing outside is written,
// nothing is overwritten, and everything left out is told.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { extract } from '../../core/backup/index.ts';
import {
  describeContent,
  extractSamples,
  fixturePath,
  keys,
  outside,
  plainBackup,
  sentinel,
  sodium,
  temporaryFolder,
  treeOf,
  type Sample,
} from './extract-samples.ts';

const EVIL = ['evil-traversal.tar', 'evil-symlink.tar', 'evil-hardlink.tar'];
const ABSOLUTE_TRACES = ['/tmp/strongroom-escape.txt', '/tmp/strongroom-escape2.txt', '/escape.txt'];

describe.each(EVIL)('%s', (name) => {
  it.each(['recorded', 'created'])('writes nothing outside, links %s', async (links) => {
    const { parent, folder } = await sentinel();
    const before = outside(parent);
    const options = { keys, folder, createLinks: links === 'created' };
    const report = await extract(fixturePath(`bad/${name}`), options, sodium);
    expect(outside(parent)).toEqual(before);
    for (const path of ABSOLUTE_TRACES) await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(Object.values(treeOf(folder)).filter((what) => what.startsWith('link'))).toEqual([]);
    expect(report.skipped.length + report.links.length).toBeGreaterThan(0);
    expect(report.fileCount).toBe(name === 'evil-symlink.tar' ? 2 : 1);
  });

  it.each(['homeassistant', 'homeassistant/data', 'homeassistant/data/out', 'homeassistant/data/ok.txt'])(
    'writes nothing through a link planted at %s',
    async (planted) => {
      const { parent, folder } = await sentinel();
      mkdirSync(join(folder, planted, '..'), { recursive: true });
      symlinkSync(
        planted.endsWith('.txt') ? join(parent, 'victim/secret.txt') : join(parent, 'victim'),
        join(folder, planted),
      );
      const before = outside(parent);
      const report = await extract(fixturePath(`bad/${name}`), { keys, folder, createLinks: true }, sodium);
      expect(outside(parent)).toEqual(before);
      expect(treeOf(folder)[planted]).toMatch(/^link /);
      expect(report.skipped.length).toBeGreaterThan(0);
    },
  );
});

describe('entries', () => {
  it('with unsafe names are left out with a reason each', async () => {
    const names = ['../up', 'a/../../up', '/abs', '\\abs', 'C:\\x', 'c:x', 'a\\..\\..\\b', '..', './../x'];
    const { report, tree } = await extractSamples([...names, 'fine'].map((name) => ({ name, content: 'x' })));
    expect(Object.keys(tree)).toEqual(['share', 'share/fine']);
    expect(report.skipped.map(({ name }) => name)).toEqual(names);
    expect(report.skipped.every(({ reason }) => reason.startsWith('its name '))).toBe(true);
  });

  it('that are no files are left out', async () => {
    const { report, tree } = await extractSamples([
      { name: 'pipe', type: 'fifo' },
      { name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 },
      { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
    ]);
    expect(tree).toEqual({});
    expect(report.skipped.map(({ name }) => name)).toEqual(['pipe', 'disk', 'null']);
  });

  it('of one name are both kept, and a file does not become a folder', async () => {
    const { report, tree } = await extractSamples([
      { name: 'a.txt', content: 'first' },
      { name: './a.txt', content: 'second' },
      { name: 'a.txt/b', content: 'third' },
    ]);
    expect(tree).toEqual({
      share: 'dir',
      'share/a.txt': describeContent('first'),
      'share/a (2).txt': describeContent('second'),
      'share/a (3).txt': 'dir',
      'share/a (3).txt/b': describeContent('third'),
    });
    expect(report.renamed.map(({ name, writtenAs }) => [name, writtenAs])).toEqual([
      ['./a.txt', 'share/a (2).txt'],
      ['a.txt/b', 'share/a (3).txt/b'],
    ]);
  });

  it('never overwrite what is in the folder already', async () => {
    const parent = await temporaryFolder();
    const path = await plainBackup(parent, {
      share: [
        { name: 'a', content: 'new' },
        { name: 'd', type: 'directory' },
        { name: 'f/x', content: 'new' },
        { name: 'b', content: 'b' },
      ],
    });
    mkdirSync(join(parent, 'out/share'), { recursive: true });
    for (const name of ['a', 'd', 'f']) writeFileSync(join(parent, 'out/share', name), 'old');
    const report = await extract(path, { keys: [], folder: join(parent, 'out') }, sodium);
    const old = describeContent('old');
    expect(treeOf(join(parent, 'out'))).toEqual({
      share: 'dir',
      'share/a': old,
      'share/b': describeContent('b'),
      'share/d': old,
      'share/f': old,
    });
    expect(report.skipped.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'a: a file of this name is already in the folder, and nothing is overwritten',
      'd: “share/d” in the output folder is not a folder that can be written to',
      'f/x: “share/f” in the output folder is not a folder that can be written to',
    ]);
  });

  it('longer than the system allows do not stop the others', async () => {
    const deep = Array.from({ length: 20 }, () => 'x'.repeat(250)).join('/');
    const { report, tree } = await extractSamples([
      { name: `${deep}/file`, content: 'x' },
      { name: `${'y'.repeat(300)}.yaml`, content: 'y' },
      { name: 'after', content: 'z' },
    ]);
    expect(report.skipped).toHaveLength(1);
    expect(report.skipped[0]?.reason).toBe('its path is longer than this system allows');
    expect(tree['share/after']).toBe(describeContent('z'));
    const [long] = report.renamed;
    expect(long?.writtenAs).toMatch(/^share\/y{200,}~[0-9a-f]{8}\.yaml$/);
    expect(tree[long?.writtenAs ?? '']).toBe(describeContent('y'));
  });
});

describe('member names', () => {
  it('are one folder each, wherever their slashes lead', async () => {
    const parent = await temporaryFolder();
    const one: Sample[] = [{ name: 'x', content: 'x' }];
    const path = await plainBackup(parent, { homeassistant: one, '../../evil': one, 'a/b': one, '..': one });
    mkdirSync(join(parent, 'deep/out'), { recursive: true });
    const before = outside(parent);
    const report = await extract(path, { keys: [], folder: join(parent, 'deep/out') }, sodium);
    expect(outside(parent)).toEqual(before);
    const x = describeContent('x');
    const folders = Object.keys(treeOf(join(parent, 'deep/out'))).filter((name) => !name.endsWith('/x'));
    expect(folders).toHaveLength(4);
    expect(folders.every((name) => !name.includes('/'))).toBe(true);
    expect(Object.values(treeOf(join(parent, 'deep/out'))).filter((what) => what === x)).toHaveLength(4);
    expect(report.renamed.length).toBeGreaterThanOrEqual(2);
  });
});

it('any names and links at all: nothing outside changes, and every entry is accounted for', async () => {
  const piece = fc.constantFrom(
    '..',
    '.',
    '',
    'a',
    'A',
    'b',
    'link',
    'C:',
    '\\',
    '~',
    'nul',
    'e\u0301',
    'é',
    ' ',
  );
  const name = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/') || '/');
  const entry = fc.record({
    name,
    type: fc.constantFrom('file' as const, 'directory' as const, 'symlink' as const, 'link' as const),
    linkname: name,
  });
  const { parent, folder } = await sentinel();
  const platforms = fc.constantFrom('linux' as const, 'darwin' as const, 'win32' as const);
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 8 }), platforms, async (entries, platform) => {
      const samples = entries.map(({ linkname, ...rest }) =>
        rest.type === 'symlink' || rest.type === 'link'
          ? { ...rest, linkname }
          : { ...rest, name: rest.type === 'file' ? `${rest.name}x` : rest.name, content: 'x' },
      );
      const path = await plainBackup(parent, { share: samples });
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      const before = outside(parent);
      const report = await extract(path, { keys: [], folder, createLinks: true }, sodium, platform);
      expect(outside(parent)).toEqual(before);
      expect(report.failures).toEqual([]);
      const files = Object.values(treeOf(folder)).filter((what) => what === describeContent('x'));
      expect(files).toHaveLength(report.fileCount);
      const links = Object.values(treeOf(folder)).filter((what) => what.startsWith('link '));
      const asked = samples.filter(({ type }) => type !== 'directory').length;
      expect(files.length + links.length + report.skipped.length).toBeGreaterThanOrEqual(asked);
    }),
    { numRuns: 200 },
  );
});
