// All words of the interface, by key: `t('library.title')`. One file for each screen and language; English is complete and the
// source of the keys, so that a key which is not there does not compile. Messages are ICU; a quotation is “ ”.

import { IntlMessageFormat } from 'intl-messageformat';

import activity from './en/activity.json' with { type: 'json' };
import app from './en/app.json' with { type: 'json' };
import backup from './en/backup.json' with { type: 'json' };
import keys from './en/keys.json' with { type: 'json' };
import library from './en/library.json' with { type: 'json' };
import migrate from './en/migrate.json' with { type: 'json' };
import rotation from './en/rotation.json' with { type: 'json' };
import settings from './en/settings.json' with { type: 'json' };
import start from './en/start.json' with { type: 'json' };
import watched from './en/watched.json' with { type: 'json' };

const english = { activity, app, backup, keys, library, migrate, rotation, settings, start, watched };

type Files = typeof english;
type KeyOf<F extends keyof Files> = `${F}.${keyof Files[F] & string}`;

/** "file.key", as in “library.title”. */
export type MessageKey = { [F in keyof Files]: KeyOf<F> }[keyof Files];
export type MessageValues = Readonly<Record<string, string | number | boolean>>;

const formats = new Map<MessageKey, IntlMessageFormat>();
let language = 'en';

/** Messages are formatted by the rules of this language and region (BCP 47). Drawn anew is only what is drawn anew. */
export function setLanguage(locale: string): void {
  language = locale;
  formats.clear();
}

/** The message with its values. Numbers are written by locale; sizes and dates come as text from app/formats.ts. */
export function t(key: MessageKey, values?: MessageValues): string {
  let format = formats.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(messageText(key), language, undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  const text = format.format(values);
  return typeof text === 'string' ? text : String(text);
}

/** For keys that are made of a value, such as an error code: undefined where there is no such message. */
export function messageIfAny(key: string, values?: MessageValues): string | undefined {
  return hasMessage(key) ? t(key, values) : undefined;
}

/** Every message of the source language: what tests walk through. */
export function everyMessage(): { readonly key: MessageKey; readonly text: string }[] {
  return Object.entries(english).flatMap(([file, texts]) =>
    Object.entries(texts).map(([name, text]) => ({ key: `${file}.${name}` as MessageKey, text })),
  );
}

function hasMessage(key: string): key is MessageKey {
  return textOf(key) !== undefined;
}

function messageText(key: MessageKey): string {
  return textOf(key) ?? key;
}

function textOf(key: string): string | undefined {
  const dot = key.indexOf('.');
  const file = key.slice(0, dot);
  if (!Object.hasOwn(english, file)) return undefined;
  const texts: Readonly<Record<string, string>> = english[file as keyof Files];
  const name = key.slice(dot + 1);
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}
