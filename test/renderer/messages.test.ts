// The words of the interface: every message can be formatted, and is written as the style says.

import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';

import { everyMessage, messageIfAny, setLanguage, t } from '../../renderer/messages/messages.ts';

describe('messages', () => {
  it('are all well formed', () => {
    for (const { key, text } of everyMessage()) {
      expect(text.trim(), key).not.toBe('');
      expect(() => new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }), key).not.toThrow();
    }
  });

  it('use the quotation marks, dashes and dots of print', () => {
    const typewritten = /"|\.\.\.|--(?!\w)| {2}|\w'\w/;
    expect(everyMessage().filter(({ text }) => typewritten.test(text))).toEqual([]);
  });

  it('counts as people count', () => {
    expect(t('library.selected', { count: 1, size: '1 GB' })).toBe('1 selected · 1 GB');
    expect(t('library.shown', { count: 1 })).toBe('1 backup shown');
    expect(t('library.shown', { count: 1200 })).toBe('1,200 backups shown');
  });

  it('writes numbers by the locale', () => {
    setLanguage('de');
    expect(t('library.shown', { count: 1200 })).toBe('1.200 backups shown');
    setLanguage('en');
  });

  it('knows by name whether there is a message', () => {
    expect(messageIfAny('app.error.meaning.WRONG_KEY')).toMatch(/another key/);
    expect(messageIfAny('app.error.meaning.NO_SUCH_CODE')).toBeUndefined();
    expect(messageIfAny('__proto__.toString')).toBeUndefined();
    expect(messageIfAny('app.toString')).toBeUndefined();
  });
});
