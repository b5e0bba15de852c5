// Which names and links would lead out of the folder they are unpacked into.

import { posix } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { entryParts, unsafeLink, unsafeName, unsafeReason } from '../../core/backup/read/entry-name.ts';

it.each([
  '',
  '/etc/passwd',
  '\\x',
  '\\\\server\\share',
  'C:\\x',
  'c:x',
  '..',
  '../x',
  'a/..',
  'a/../../b',
  'a\\..\\b',
  'a\0b',
])('the name %j is refused', (name) => {
  expect(unsafeName(name)).toMatch(/^its name /);
  for (const type of ['file', 'directory', 'symlink', 'hardlink'] as const) {
    expect(unsafeReason({ name, type, linkName: 'x' })).toMatch(/^its name /);
  }
  expect(unsafeReason({ name: 'x', type: 'hardlink', linkName: name })).toMatch(/^it is a hard link/);
});

it.each(['a', './', './data/x', 'data/urn:miot', './a:b', '..a', 'a..', '...', 'a/.../b', '~/x', '-rf'])(
  'the name %j is fine',
  (name) => {
    expect(unsafeName(name)).toBe(null);
    expect(unsafeReason({ name, type: 'hardlink', linkName: name })).toBe(null);
  },
);

it.each([
  ['data/l', 'x', null],
  ['data/l', '../x', null],
  ['data/l', '..', null],
  ['data/l', '../..', 'it is a link that points outside'],
  ['data/l', 'a/../x', 'it is a link that points outside'],
  ['l', '..', 'it is a link that points outside'],
  ['data/l', '/config', 'it is a link that points outside'],
  ['data/l', 'D:x', 'it is a link that points outside'],
  ['data/l', '..\\..\\x', 'it is a link that points outside'],
  ['data/l', '', 'it is a link to nowhere'],
  ['data/l', 'a\0', 'it is a link to nowhere'],
])('the link %s to %j: %s', (name, target, reason) => {
  expect(unsafeLink(entryParts(name), target)).toBe(reason);
  expect(unsafeReason({ name, type: 'symlink', linkName: target })).toBe(reason);
});

it('what is let through stays inside, by the system’s own arithmetic', () => {
  const part = fc.constantFrom('..', '.', '', 'a', 'b', 'C:', '\\', ' ');
  const name = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(name, name, (path, target) => {
      if (unsafeName(path) === null) expect(posix.join('/out', path)).toMatch(/^\/out(\/|$)/);
      if (unsafeName(path) !== null || unsafeLink(entryParts(path), target) !== null) return;
      const folder = posix.dirname(posix.join('/out', ...entryParts(path)));
      expect(posix.resolve(folder, target)).toMatch(/^\/out(\/|$)/);
    }),
    { numRuns: 3000 },
  );
});
