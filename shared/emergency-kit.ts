// Home Assistant's emergency kit: reads one in any language, re-saved by any editor, and writes the English one.
// Only the key's form, the address and the layout (a label line, then its value) are stable, so the reader knows
// no word of it. What is written around the key can never be read as another key or another line.

import { StrongroomError } from './errors.ts';
import { findKeys, isHomeAssistantKeyBytes } from './key-format.ts';
import { linesOf, plainBlanks, visibleText, withoutMarks } from './kit-text.ts';

export { decodeText } from './kit-text.ts';

/** What a kit says besides its key. As the kit has it, in its language; null where it is not found. */
export interface KitFields {
  readonly instance: string | null;
  readonly url: string | null;
  /** Localised, for people only. */
  readonly date: string | null;
}

export interface EmergencyKit extends KitFields {
  /** In order of appearance, each once; empty when this is no kit. */
  readonly keys: string[];
}

/** What an emergency kit is written with. */
export interface KitToWrite {
  readonly instance: string | null;
  readonly url: string | null;
  /** When it is made. */
  readonly date: Date;
  /** IANA name; the machine's own when left out. */
  readonly timeZone?: string | undefined;
}

/** No kit is near this size; callers need not read more of a file. */
export const KIT_LIMIT_BYTES = 256 * 1024;

/** Stands where a value is not known; read back as not known. */
const NOT_RECORDED = '(not recorded)';
const LABEL_END = /[:：]$/;
const NO_FIELDS: KitFields = { instance: null, url: null, date: null };

/** Reads a kit from the bytes of its file. Never throws: a file that is no kit has no keys. */
export function parseEmergencyKit(bytes: Uint8Array): EmergencyKit {
  const text = visibleText(bytes.subarray(0, KIT_LIMIT_BYTES));
  const lines = linesOf(text);
  const bare = lines.map(withoutMarks).filter((line) => line !== '');
  const fields = readLayout(lines) ?? readLayout(bare) ?? { ...NO_FIELDS, url: bare.find(isAddress) ?? null };
  return { keys: findKeys(text), ...fields };
}

/**
 * The text file that Home Assistant makes, in English, UTF-8, without a line end at its end. Unknown or unusable values
 * say that they are not recorded. The bytes hold the key: wipe them when they are written.
 * @throws USAGE a password with a line break cannot be written into a kit
 */
export function formatEmergencyKit(kit: KitToWrite, key: Uint8Array): Uint8Array {
  if (key.some((byte) => byte === 0x0a || byte === 0x0d)) {
    throw new StrongroomError(
      'USAGE',
      'This password has a line break in it, so it cannot stand on one line of an emergency kit.',
      { hint: 'Keep it in the vault, or choose a key without a line break.' },
    );
  }
  const encoder = new TextEncoder();
  const before = encoder.encode(`Home Assistant Backup Emergency Kit

This emergency kit contains your backup encryption key. You need this key to be able to restore your Home Assistant backups.

Date: ${formatKitDate(kit.date, kit.timeZone)}

Instance:
${printableName(kit.instance)}

URL:
${printableAddress(kit.url)}

Encryption key:
`);
  const after = encoder.encode(
    '\n\nFor more information, visit https://www.home-assistant.io/more-info/backup-emergency-kit',
  );
  const whole = new Uint8Array(before.length + key.length + after.length);
  whole.set(before);
  whole.set(key, before.length);
  whole.set(after, before.length + key.length);
  return whole;
}

/** Whether a kit with this key can be imported again: only Home Assistant's own form is found in a text. */
export function isReadableByImport(key: Uint8Array): boolean {
  return isHomeAssistantKeyBytes(key);
}

/**
 * The name that Home Assistant gives the file: `home_assistant_backup_emergency_kit_26_03_2026_15_23.txt`.
 * @param copy from 2 on it is appended: for kits that are made in the same minute
 */
export function emergencyKitFileName(date: Date, timeZone?: string, copy = 1): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).formatToParts(date);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((candidate) => candidate.type === type)?.value ?? '';
  const stamp = [part('day'), part('month'), part('year'), part('hour'), part('minute')];
  const name = ['home_assistant_backup_emergency_kit', ...stamp, ...(copy > 1 ? [String(copy)] : [])];
  return `${name.join('_')}.txt`;
}

function formatKitDate(date: Date, timeZone: string | undefined): string {
  const text = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeStyle: 'short', timeZone }).format(
    date,
  );
  return text.replace(/[\u00A0\u2007\u2009\u202F]/g, ' ');
}

function printableName(instance: string | null): string {
  const name = plainBlanks(
    (instance ?? '').toWellFormed().replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g, ' '),
  );
  return name === '' || findKeys(name).length > 0 ? NOT_RECORDED : name;
}

function printableAddress(url: string | null): string {
  const address = (url ?? '').trim().toWellFormed();
  return isAddress(address) && findKeys(address).length === 0 ? address : NOT_RECORDED;
}

function isAddress(line: string): boolean {
  return /^https?:\/\/\S+$/i.test(line) && !line.includes('/more-info/');
}

/** Finds the values by where they stand: each below its label, the key last, the date before the first label. */
function readLayout(lines: readonly string[]): KitFields | null {
  // A label in marks means that values may stand in marks, too: that is the second reading's business.
  const endsLabel = (index: number): boolean => {
    const line = lines[index] ?? '';
    return LABEL_END.test(line) && withoutMarks(line) === line;
  };
  const isLayout = (urlAt: number): boolean => urlAt >= 3 && endsLabel(urlAt - 1) && endsLabel(urlAt - 3);
  const keyAt = lines.findIndex((_, index) => index > 4 && endsLabel(index - 1) && isLayout(index - 2));
  const urlAt =
    keyAt === -1 ? lines.findIndex((line, index) => isAddress(line) && isLayout(index)) : keyAt - 2;
  if (urlAt === -1) return null;
  const url = lines[urlAt];
  return {
    instance: recorded(lines[urlAt - 2]),
    url: url !== undefined && isAddress(url) ? url : null,
    date: valueOnLabelLine(lines[urlAt - 4]),
  };
}

function recorded(value: string | undefined): string | null {
  return value === undefined || value === NOT_RECORDED ? null : value;
}

function valueOnLabelLine(line: string | undefined): string | null {
  const value = /^[^:：]+[:：]\s*(.+)$/.exec(line ?? '')?.[1];
  return value ?? null;
}
