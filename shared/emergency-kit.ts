// Reads Home Assistant's emergency kit: a text in any language, re-saved by any editor. Only the key's form,
// the address and the layout (a label line, then its value) are stable, so nothing here knows a word of it.

import { findKeys } from './key-format.ts';

/** What a kit says. Everything but the keys is as the kit has it, in its language; null where it is not found. */
export interface EmergencyKit {
  /** In order of appearance, each once; empty when this is no kit. */
  readonly keys: string[];
  readonly instance: string | null;
  readonly url: string | null;
  /** Localised, for people only. */
  readonly date: string | null;
}

/** No kit is near this size; callers need not read more of a file. */
export const KIT_LIMIT_BYTES = 256 * 1024;

const LABEL_END = /[:：]$/;

/** Reads a kit from the bytes of its file. Never throws: a file that is no kit has no keys. */
export function parseEmergencyKit(bytes: Uint8Array): EmergencyKit {
  const text = decodeText(bytes.subarray(0, KIT_LIMIT_BYTES));
  const lines = text
    .split(/\r\n|\r|\n|\u2028|\u2029/)
    .map((line) => line.replace(/[\s\u200B\u2060\uFEFF]+/g, ' ').trim())
    .filter((line) => line !== '');
  const urlAt = lines.findIndex((line) => /^https?:\/\/\S+$/i.test(line) && !line.includes('/more-info/'));
  const labelled =
    urlAt >= 3 && LABEL_END.test(lines[urlAt - 1] ?? '') && LABEL_END.test(lines[urlAt - 3] ?? '');
  return {
    keys: findKeys(text),
    instance: labelled ? (lines[urlAt - 2] ?? null) : null,
    url: lines[urlAt] ?? null,
    date: labelled ? valueOnLabelLine(lines[urlAt - 4]) : null,
  };
}

/** Text of a file that may have been saved as UTF-8 or UTF-16, with or without a byte order mark. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  // Without a mark: in UTF-16 the key, the address and every line end have a zero in each pair of bytes.
  const sample = bytes.subarray(0, 4096);
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (odd > even && odd > sample.length / 8) return 'utf-16le';
  if (even > odd && even > sample.length / 8) return 'utf-16be';
  return 'utf-8';
}

function valueOnLabelLine(line: string | undefined): string | null {
  const value = /^[^:：]+[:：]\s*(.+)$/.exec(line ?? '')?.[1];
  return value ?? null;
}
