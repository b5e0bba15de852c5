// Verifying warns of names that would write outside of the folder, and of nothing that is usual.

import { expect, test } from 'vitest';

import { UnsafeNames } from '../../core/backup/read/unsafe-names.ts';

type Entry = readonly [name: string, type?: 'file' | 'symlink' | 'hardlink' | 'directory', linkName?: string];

function warned(...entries: readonly Entry[]): string {
  const names = new UnsafeNames();
  for (const [name, type = 'file', linkName = ''] of entries) names.take({ name, type, linkName });
  return names.remarks('share')[0]?.message ?? '';
}

test('usual names and links give no warning', () => {
  expect(
    warned(
      ['./', 'directory'],
      ['./data/www/urn:miot-spec-v2.json'],
      ['data/a..b/...'],
      ['data/config', 'symlink', '/config'],
      ['data/up', 'symlink', '../../outside'],
      ['data/hard', 'hardlink', 'data/a..b/...'],
      ['data/configuration.yaml'],
    ),
  ).toBe('');
});

const HOSTILE: readonly [string, readonly Entry[]][] = [
  ['a name that leads up', [['../x']]],
  ['an absolute name', [['/etc/passwd']]],
  ['a drive letter', [['C:\\x']]],
  ['a hard link to another place', [['x', 'hardlink', '../../etc/passwd']]],
  ['a file behind a link that leads out', [['data/out', 'symlink', '/etc'], ['data/out/passwd']]],
  [
    'a file deep behind it, written in another way',
    [['./data//out', 'symlink', '../../..'], ['data/./out/a/b/c']],
  ],
];

test.each(HOSTILE)('%s is counted', (_, entries) => {
  expect(warned(...entries)).toBe(
    '“share” holds 1 entry whose name or link leads outside. Strongroom never unpacks these; be careful with other programs.',
  );
});

test('the link itself is not counted, and a name that only begins like it is another', () => {
  expect(warned(['out', 'symlink', '/etc'], ['out', 'symlink', '/etc'], ['outer/x'], ['outx'])).toBe('');
  expect(warned(['out', 'symlink', '/etc'], ['out/x'], ['out/y'], ['../z'])).toContain('3 entries');
});
