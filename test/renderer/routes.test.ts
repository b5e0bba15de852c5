// Places of the interface, as they are written and read.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatRoute, HOME, parseRoute, SCREENS } from '../../renderer/app/routes.ts';
import { commandOfKey, keyLabel } from '../../renderer/app/shortcuts.ts';

describe('routes', () => {
  it.each(['', '#', '#/', '#/nowhere', '#/__proto__', '#/constructor/x'])('%j leads home', (text) => {
    expect(parseRoute(text)).toEqual(HOME);
  });

  it.each(['#/activity/12', '/activity/12', 'activity/12'])('%j is one job', (text) => {
    expect(parseRoute(text)).toEqual({ screen: 'activity', id: '12', query: {} });
  });

  it('a filter is part of the place', () => {
    expect(parseRoute('#/library?show=damaged&key=a%20b')).toEqual({
      screen: 'library',
      id: null,
      query: { show: 'damaged', key: 'a b' },
    });
  });

  it('what is half an escape leads to the screen', () => {
    expect(parseRoute('#/keys/%E0%A4%A')).toEqual({ screen: 'keys', id: null, query: {} });
  });

  it('every place is read as it was written', () => {
    const place = fc.record({
      screen: fc.constantFrom(...SCREENS),
      id: fc.option(fc.string({ minLength: 1, unit: 'grapheme' })),
      query: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ unit: 'grapheme' })),
    });
    fc.assert(
      fc.property(place, (route) => {
        const read = parseRoute(formatRoute(route));
        expect(read).toEqual({ ...route, query: { ...route.query } });
      }),
    );
  });
});

describe('keys that work everywhere', () => {
  const press = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

  it('are those of the platform', () => {
    expect(commandOfKey({ ...press, key: 'f', ctrlKey: true }, 'linux')).toEqual({ command: 'find' });
    expect(commandOfKey({ ...press, key: 'f', metaKey: true }, 'darwin')).toEqual({ command: 'find' });
    expect(commandOfKey({ ...press, key: 'f', ctrlKey: true }, 'darwin')).toBeNull();
    expect(keyLabel('Ctrl+Shift+L', 'darwin')).toBe('⌘⇧L');
  });

  it('lead to the screens in their order', () => {
    expect(commandOfKey({ ...press, key: '2', ctrlKey: true }, 'win32')).toEqual({ screen: 'keys' });
    expect(commandOfKey({ ...press, key: '9', ctrlKey: true }, 'win32')).toBeNull();
  });

  it.each(['f', '1', 'Enter', 'toString'])('%j alone is none', (key) => {
    expect(commandOfKey({ ...press, key }, 'linux')).toBeNull();
  });

  it('what is written with Alt is left alone', () => {
    expect(commandOfKey({ ...press, key: '2', ctrlKey: true, altKey: true }, 'win32')).toBeNull();
    expect(commandOfKey({ ...press, key: 'toString', ctrlKey: true }, 'win32')).toBeNull();
  });
});
