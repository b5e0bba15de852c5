// Paths as they come out of a terminal after a drag and drop.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readTypedPath } from '../../cli/typed-path.ts';

const LINUX = { homeFolder: '/home/me', platform: 'linux' } as const;

describe('readTypedPath', () => {
  it.each([
    ['', ''],
    ['  /b/home.tar  ', '/b/home.tar'],
    ["'/b/my backup.tar' ", '/b/my backup.tar'],
    ['"/b/my backup.tar"', '/b/my backup.tar'],
    ['/b/my\\ backup\\ \\(1\\).tar', '/b/my backup (1).tar'],
    ["'/b/it'\\''s.tar'", "/b/it's.tar"],
    ['"/b/\\"x\\".tar"', '/b/"x".tar'],
    ['file:///b/my%20backup.tar', '/b/my backup.tar'],
    ['file:///b/%zz.tar', 'file:///b/%zz.tar'],
    ['~', '/home/me'],
    ['~/b.tar', '/home/me/b.tar'],
    ["'~/b.tar'", '~/b.tar'],
    ["/b/it's.tar", "/b/it's.tar"],
  ])('%s', (typed, expected) => {
    expect(readTypedPath(typed, LINUX)).toBe(expected);
  });

  it('leaves backslashes alone on Windows', () => {
    const windows = { homeFolder: 'C:\\Users\\me', platform: 'win32' } as const;
    expect(readTypedPath('"C:\\My Backups\\a.tar"', windows)).toBe('C:\\My Backups\\a.tar');
    expect(readTypedPath('C:\\b\\a.tar', windows)).toBe('C:\\b\\a.tar');
  });

  it('gives back every path as shells quote it', () => {
    const path = fc
      .string({ minLength: 1 })
      .map((text) => `/${text}`)
      .filter((text) => text.trim() === text);
    fc.assert(
      fc.property(path, (text) => {
        expect(readTypedPath(`'${text.replaceAll("'", `'\\''`)}'`, LINUX)).toBe(text);
        expect(readTypedPath(text.replace(/[^\w/.]/g, '\\$&'), LINUX)).toBe(text);
      }),
    );
  });
});
