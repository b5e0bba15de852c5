// What can be done with the key records of an open vault, as pure functions from contents to new contents. Secrets are
// told apart by keyed digests in constant time; none of them becomes a string, none gets into an error.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { StrongroomError } from '../../shared/errors.ts';
import type { AddedKey, KeyInfo, KeyOrigin, KeyState, KeyStrength } from '../../shared/keys.ts';
import { usage } from './refusals.ts';
import type { KeyRecord, VaultContents } from './vault-contents.ts';

const MAX_SECRET_BYTES = 4096;
const MAX_LABEL_CHARACTERS = 200;
const MAX_KEYS = 10_000;
const ID_BYTES = 8;

/** A key that is offered to the vault, which copies the secret. */
export interface NewKey {
  /** A taken one gets a number: “Cabin (2)”. */
  readonly label: string;
  readonly secret: Buffer;
  readonly origin: KeyOrigin;
  readonly sourceName?: string | null;
  readonly instance?: string | null;
  readonly url?: string | null;
  readonly kitDate?: string | null;
  readonly instanceId?: string | null;
  readonly strength: KeyStrength;
}

export interface KeyChange {
  readonly label?: string;
  readonly state?: KeyState;
  /** ISO 8601 in UTC. */
  readonly drilledAt?: string;
  readonly exportedAt?: string;
  readonly instanceId?: string | null;
}

/** The record as it may be shown. */
export function describeKey(record: KeyRecord, fingerprintKey: Buffer): KeyInfo {
  const { secret, ...plain } = record;
  const hex = digestOf(fingerprintKey, secret).toString('hex', 0, 4).toUpperCase();
  return { ...plain, fingerprint: `${hex.slice(0, 4)}-${hex.slice(4)}` };
}

export function describeKeys({ records, fingerprintKey }: VaultContents): KeyInfo[] {
  return records.map((record) => describeKey(record, fingerprintKey));
}

/**
 * The one key of that id, label (without regard to case) or fingerprint; an id is never mistaken for another's label.
 * @throws UNKNOWN_KEY when there is none, or more than one
 */
export function findKey(keys: readonly KeyInfo[], selector: string): KeyInfo {
  const wanted = foldCase(selector);
  const byId = keys.find(({ id }) => id === wanted);
  if (byId !== undefined) return byId;
  const found = keys.filter((key) => foldCase(key.label) === wanted || sameFingerprint(key, wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw unknownKey(keys, found.length);
}

/** @throws UNKNOWN_KEY */
export function recordOf({ records, fingerprintKey }: VaultContents, id: string): KeyRecord {
  const record = records.find((candidate) => candidate.id === id);
  if (record !== undefined) return record;
  throw unknownKey(describeKeys({ records, fingerprintKey, idleLockMs: null }), 0);
}

/** True where the candidate is this key's secret; the time does not tell how much of it is right. */
export function isSecretOf(record: KeyRecord, candidate: Uint8Array, fingerprintKey: Buffer): boolean {
  return timingSafeEqual(digestOf(fingerprintKey, record.secret), digestOf(fingerprintKey, candidate));
}

export interface Addition {
  readonly contents: VaultContents;
  readonly added: readonly AddedKey[];
  /** The copies that were made, to be wiped if nothing comes of it. */
  readonly copies: readonly Buffer[];
  readonly isChange: boolean;
}

/**
 * Adds keys. One that is there already is the same record, which learns only what it did not know.
 * @throws USAGE an empty secret, or one of more than 4 KiB; LIMIT_EXCEEDED more keys than anybody has
 */
export function addKeys(contents: VaultContents, keys: readonly NewKey[], now: Date): Addition {
  for (const { secret } of keys) requireHonestSecret(secret);
  const { fingerprintKey } = contents;
  const records = [...contents.records];
  const copies: Buffer[] = [];
  const at: { readonly id: string; readonly isNew: boolean }[] = [];
  let isChange = false;
  for (const key of keys) {
    const digest = digestOf(fingerprintKey, key.secret);
    const index = records.findIndex(({ secret }) =>
      timingSafeEqual(digestOf(fingerprintKey, secret), digest),
    );
    const known = records[index];
    if (known !== undefined) {
      const learned = learn(known, key);
      if (learned !== known) isChange = true;
      records[index] = learned;
      at.push({ id: known.id, isNew: false });
      continue;
    }
    const secret = Buffer.alloc(key.secret.length);
    key.secret.copy(secret);
    copies.push(secret);
    const record = newRecord(key, secret, records, now);
    records.push(record);
    at.push({ id: record.id, isNew: true });
    isChange = true;
  }
  if (records.length > MAX_KEYS) {
    for (const copy of copies) copy.fill(0);
    throw new StrongroomError('LIMIT_EXCEEDED', `A vault holds at most ${MAX_KEYS} keys.`);
  }
  const next = { ...contents, records };
  const added = at.map(({ id, isNew }) => ({ key: describeKey(recordOf(next, id), fingerprintKey), isNew }));
  return { contents: next, added, copies, isChange };
}

/** @throws UNKNOWN_KEY, USAGE a label that is empty, too long or taken, or a time that is none */
export function changeKey(contents: VaultContents, id: string, change: KeyChange, now: Date): VaultContents {
  const record = recordOf(contents, id);
  for (const time of [change.drilledAt, change.exportedAt]) {
    if (time !== undefined && Number.isNaN(Date.parse(time)))
      throw usage('That is not a time.', 'Give it as ISO 8601.');
  }
  const label = change.label === undefined ? record.label : wantedLabel(contents, record, change.label);
  const state = change.state ?? record.state;
  const changed: KeyRecord = {
    ...record,
    label,
    state,
    stateChangedAt: state === record.state ? record.stateChangedAt : now.toISOString(),
    drilledAt: change.drilledAt ?? record.drilledAt,
    exportedAt: change.exportedAt ?? record.exportedAt,
    instanceId: change.instanceId === undefined ? record.instanceId : change.instanceId,
  };
  return {
    ...contents,
    records: contents.records.map((other) => (other === record ? changed : other)),
  };
}

/** The contents without that key; its secret is left for the caller to wipe. @throws UNKNOWN_KEY */
export function removeKey(contents: VaultContents, id: string): VaultContents {
  const record = recordOf(contents, id);
  return { ...contents, records: contents.records.filter((other) => other !== record) };
}

function newRecord(key: NewKey, secret: Buffer, others: readonly KeyRecord[], now: Date): KeyRecord {
  const time = now.toISOString();
  const { guessesLog10, legacyCrackSeconds, argon2idCrackSeconds, verdict, warning } = key.strength;
  return {
    id: randomBytes(ID_BYTES).toString('hex'),
    label: freeLabel(cleanLabel(key.label) || 'Key', others),
    state: 'active',
    origin: key.origin,
    sourceName: key.sourceName ?? null,
    instance: key.instance ?? null,
    url: key.url ?? null,
    kitDate: key.kitDate ?? null,
    instanceId: key.instanceId ?? null,
    addedAt: time,
    stateChangedAt: time,
    drilledAt: null,
    exportedAt: null,
    strength: { guessesLog10, legacyCrackSeconds, argon2idCrackSeconds, verdict, warning },
    secret,
  };
}

const LEARNED = ['sourceName', 'instance', 'url', 'kitDate', 'instanceId'] as const;

/** A key that was typed in learns from its emergency kit where it belongs. */
function learn(record: KeyRecord, offered: NewKey): KeyRecord {
  const news = LEARNED.filter((field) => record[field] === null && (offered[field] ?? null) !== null);
  if (news.length === 0) return record;
  return { ...record, ...Object.fromEntries(news.map((field) => [field, offered[field]])) };
}

function cleanLabel(label: string): string {
  const oneLine = label
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return [...oneLine].slice(0, MAX_LABEL_CHARACTERS).join('').trim();
}

function freeLabel(wanted: string, others: readonly KeyRecord[]): string {
  const taken = new Set(others.map(({ label }) => foldCase(label)));
  for (let number = 1; ; number++) {
    const label = number === 1 ? wanted : `${wanted} (${number})`;
    if (!taken.has(foldCase(label))) return label;
  }
}

function wantedLabel({ records }: VaultContents, own: KeyRecord, wanted: string): string {
  const label = cleanLabel(wanted);
  if (label === '') throw usage('The name is empty.', 'Give the key a name.');
  const isTaken = records.some((other) => other !== own && foldCase(other.label) === foldCase(label));
  if (isTaken) throw usage(`Another key is called “${label}” already.`, 'Choose another name.');
  return label;
}

function foldCase(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

function sameFingerprint({ fingerprint }: KeyInfo, wanted: string): boolean {
  return fingerprint.toLowerCase() === wanted || fingerprint.replace('-', '').toLowerCase() === wanted;
}

function digestOf(fingerprintKey: Buffer, secret: Uint8Array): Buffer {
  return createHmac('sha256', fingerprintKey).update(secret).digest();
}

function requireHonestSecret(secret: Buffer): void {
  if (secret.length === 0) throw usage('The key is empty.', 'Give the key as Home Assistant shows it.');
  if (secret.length <= MAX_SECRET_BYTES) return;
  throw new StrongroomError('USAGE', `A key has at most ${MAX_SECRET_BYTES} bytes.`, {
    hint: 'Was the right file given?',
    details: { sizeBytes: secret.length },
  });
}

const LABELS_TOLD = 20;

function unknownKey(keys: readonly KeyInfo[], foundCount: number): StrongroomError {
  const labels = keys.slice(0, LABELS_TOLD).map(({ label }) => `“${label}”`);
  const more = keys.length > LABELS_TOLD ? ` and ${keys.length - LABELS_TOLD} more` : '';
  const message =
    foundCount > 1 ? 'More than one key is called that.' : 'No key in the vault is called that.';
  const hint =
    keys.length === 0 ? 'The vault is empty: add a key first.' : `The vault has ${labels.join(', ')}${more}.`;
  return new StrongroomError('UNKNOWN_KEY', message, {
    hint,
    details: { keyCount: keys.length, foundCount },
  });
}
