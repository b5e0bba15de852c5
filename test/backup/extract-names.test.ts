// How names are written on each system, tested on any: hosts differ, rules do not.

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ExtractPlaces } from '../../core/backup/extract/places.ts';
import { collisionKey, hostName, numberedName } from '../../core/backup/extract/host-name.ts';
import { extract } from '../../core/backup/index.ts';
import {
  describeContent,
  fixturePath,
  plainBackup,
  sodium,
  temporaryFolder,
  treeOf,
} from './extract-samples.ts';

const PLATFORMS = ['linux', 'darwin', 'win32'] as const;

describe('on Windows', () => {
  it.each([
    ['Xiaomi: Gateway.json', 'Xiaomi_ Gateway.json'],
    ['urn:miot-spec-v2:device', 'urn_miot-spec-v2_device'],
    ['a*b?c"d<e>f|g', 'a_b_c_d_e_f_g'],
    ['back\\slash', 'back_slash'],
    ['tab\there\u001f', 'tab_here_'],
    ['dot.', 'dot_'],
    ['space ', 'space_'],
    ['...', '___'],
    ['. .', '___'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['Com1', '_Com1'],
    ['lpt9.tar.gz', '_lpt9.tar.gz'],
    ['com¹', '_com¹'],
    ['AUX .log', '_AUX .log'],
    ['conin$', '_conin$'],
    ['console', 'console'],
    ['com10', 'com10'],
    ['.storage', '.storage'],
    ['каминная-灯.txt', 'каминная-灯.txt'],
  ])('%j becomes %j', (name, expected) => {
    expect(hostName(name, 'win32')).toBe(expected);
  });
});

it.each(['a:b', 'CON', 'dot.', 'back\\slash', 'tab\t', '*', 'x'.repeat(255)])('on Linux %j stays', (name) => {
  expect(hostName(name, 'linux')).toBe(name);
  expect(hostName(name, 'darwin')).toBe(name);
});

it('a name that is too long keeps its beginning and its extension, and stays apart from its like', () => {
  const [one, two] = ['ä'.repeat(200) + '1.yaml', 'ä'.repeat(200) + '2.yaml'] as const;
  for (const platform of ['linux', 'darwin'] as const) {
    expect(hostName(one, platform)).toMatch(/^ä+~[0-9a-f]{8}\.yaml$/);
    expect(Buffer.byteLength(hostName(one, platform))).toBeGreaterThan(250);
    expect(Buffer.byteLength(hostName(one, platform))).toBeLessThanOrEqual(255);
    expect(hostName(one, platform)).not.toBe(hostName(two, platform));
  }
  expect(hostName(one, 'win32')).toBe(one); // 206 units
});

it('numbers go before the extension', () => {
  expect(numberedName('a.yaml', 2, 'linux')).toBe('a (2).yaml');
  expect(numberedName('.storage', 3, 'linux')).toBe('.storage (3)');
  expect(Buffer.byteLength(numberedName(`${'x'.repeat(250)}.yaml`, 12, 'linux'))).toBe(255);
});

it('names that are one file there have one key', () => {
  for (const platform of ['darwin', 'win32'] as const) {
    expect(collisionKey('README', platform)).toBe(collisionKey('readme', platform));
    expect(collisionKey('e\u0301', platform)).toBe(collisionKey('É', platform));
    expect(collisionKey('ὀδυσσεύς', platform)).toBe(collisionKey('ὈΔΥΣΣΕΎΣ', platform));
  }
  expect(collisionKey('README', 'linux')).not.toBe(collisionKey('readme', 'linux'));
});

it('any name: legal, harmless, and mapped to itself the second time', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }).map((text) => text.replace(/[/\0]/g, '~')),
      fc.constantFrom(...PLATFORMS),
      (name, platform) => {
        fc.pre(name !== '.' && name !== '..');
        const mapped = hostName(name, platform);
        expect(mapped).not.toMatch(/^\.{0,2}$|[/\0]/);
        expect(hostName(mapped, platform)).toBe(mapped);
        const length = platform === 'win32' ? mapped.length : Buffer.byteLength(mapped);
        expect(length).toBeLessThanOrEqual(255);
        if (platform === 'win32') expect(mapped).not.toMatch(/[<>:"/\\|?*\u0000-\u001f]|[. ]$/);
      },
    ),
  );
});

it('any paths: no two files get one place, folders keep theirs', () => {
  const part = fc.constantFrom('a', 'A', 'a (2)', 'é', 'e\u0301', 'b:', 'b?', 'b_', 'nul', '_nul');
  const path = fc.array(part, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(path, { maxLength: 20 }), fc.constantFrom(...PLATFORMS), (paths, platform) => {
      const places = new ExtractPlaces(platform);
      const given = paths.map((parts) => places.newPath(parts));
      const key = (parts: readonly string[]) => parts.map((one) => collisionKey(one, platform)).join('/');
      expect(new Set(given.map(key)).size).toBe(paths.length);
      // No file stands where a folder of another one is.
      const folders = new Set(
        given.flatMap((parts) => parts.slice(1).map((_, index) => key(parts.slice(0, index + 1)))),
      );
      for (const parts of given) expect(folders.has(key(parts))).toBe(false);
      for (const parts of paths) expect(places.folderPath(parts)).toEqual(places.folderPath(parts));
    }),
  );
});

describe('an extraction records every name it changes', () => {
  it('on Windows', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const options = { keys: [], folder, members: ['homeassistant'] };
    const report = await extract(fixturePath('plain-compressed.tar'), options, sodium, 'win32');
    expect(report.renamed).toEqual([
      {
        member: 'homeassistant',
        name: './data/custom_components/xiaomi_gateway/Xiaomi: Gateway.json',
        writtenAs: 'homeassistant/data/custom_components/xiaomi_gateway/Xiaomi_ Gateway.json',
        sizeBytes: 2,
      },
    ]);
    expect(
      treeOf(folder)['homeassistant/data/custom_components/xiaomi_gateway/Xiaomi_ Gateway.json'],
    ).toMatch(/^2 /);
  });

  it.each(['darwin', 'win32'] as const)('for case and Unicode forms on %s', async (platform) => {
    const parent = await temporaryFolder();
    const path = await plainBackup(parent, {
      share: [
        { name: 'Data/x.txt', content: '1' },
        { name: 'data/x.txt', content: '2' },
        { name: 'data/X.txt', content: '3' },
        { name: 'é', content: '4' },
        { name: 'e\u0301', content: '5' },
      ],
    });
    const folder = join(parent, 'out');
    const report = await extract(path, { keys: [], folder }, sodium, platform);
    expect(treeOf(folder)).toEqual({
      share: 'dir',
      'share/Data': 'dir',
      'share/Data/x.txt': describeContent('1'),
      'share/data (2)': 'dir',
      'share/data (2)/x.txt': describeContent('2'),
      'share/data (2)/X (2).txt': describeContent('3'),
      'share/é': describeContent('4'),
      'share/e\u0301 (2)': describeContent('5'),
    });
    expect(report.renamed.map(({ name }) => name)).toEqual(['data/x.txt', 'data/X.txt', 'e\u0301']);
  });

  it('on Linux none of these', async () => {
    const parent = await temporaryFolder();
    const names = ['Data/x', 'data/x', 'é', 'e\u0301', './a:b?*', 'CON', 'dot. '];
    const path = await plainBackup(parent, { share: names.map((name) => ({ name, content: name })) });
    const folder = join(parent, 'out');
    const report = await extract(path, { keys: [], folder }, sodium, 'linux');
    expect(report.renamed).toEqual([]);
    for (const name of names) expect(treeOf(folder)[join('share', name)]).toBe(describeContent(name));
  });
});
