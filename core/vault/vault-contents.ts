// What is sealed in a vault, in memory and as payload: u32 LE JSON length | JSON | blob. The JSON says of each secret
// where it lies in the blob, so that no secret ever becomes a string; JSON.parse must never see one.

import { randomBytes } from 'node:crypto';

import * as v from 'valibot';

import { damagedVault } from './refusals.ts';

const FINGERPRINT_KEY_BYTES = 32;
const DEFAULT_IDLE_LOCK_MS = 15 * 60 * 1000;

const text = v.string();
const optionalText = v.nullable(v.string());
const place = v.strictObject({
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  length: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
});

const strengthSchema = v.object({
  guessesLog10: v.number(),
  legacyCrackSeconds: v.number(),
  argon2idCrackSeconds: v.number(),
  verdict: v.picklist(['weak', 'fair', 'strong']),
  warning: optionalText,
});

const recordSchema = v.strictObject({
  id: text,
  label: text,
  state: v.picklist(['active', 'retired', 'compromised']),
  origin: v.picklist(['emergency-kit', 'typed', 'generated', 'backup']),
  sourceName: optionalText,
  instance: optionalText,
  url: optionalText,
  kitDate: optionalText,
  instanceId: optionalText,
  addedAt: text,
  stateChangedAt: text,
  drilledAt: optionalText,
  exportedAt: optionalText,
  strength: strengthSchema,
  secret: place,
});

const contentsSchema = v.strictObject({
  records: v.array(recordSchema),
  settings: v.strictObject({ idleLockMs: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))) }),
  fingerprintKey: place,
});

/** One key with its secret, which belongs to the contents. */
export type KeyRecord = Readonly<Omit<v.InferOutput<typeof recordSchema>, 'secret'>> & {
  readonly secret: Buffer;
};

export interface VaultContents {
  readonly records: readonly KeyRecord[];
  /** Milliseconds; null for never. */
  readonly idleLockMs: number | null;
  /** 32 random bytes that give fingerprints their meaning in this vault only. */
  readonly fingerprintKey: Buffer;
}

export function emptyContents(): VaultContents {
  return {
    records: [],
    idleLockMs: DEFAULT_IDLE_LOCK_MS,
    fingerprintKey: randomBytes(FINGERPRINT_KEY_BYTES),
  };
}

/** Zeroes every secret. The contents are dead afterwards. */
export function wipeContents(contents: VaultContents): void {
  contents.fingerprintKey.fill(0);
  for (const { secret } of contents.records) secret.fill(0);
}

/** The payload, which the caller wipes. */
export function encodeContents({ records, idleLockMs, fingerprintKey }: VaultContents): Buffer {
  let offset = fingerprintKey.length;
  const described = records.map(({ secret, ...plain }) => {
    const described = { ...plain, secret: { offset, length: secret.length } };
    offset += secret.length;
    return described;
  });
  const json = Buffer.from(
    JSON.stringify({
      records: described,
      settings: { idleLockMs },
      fingerprintKey: { offset: 0, length: fingerprintKey.length },
    }),
    'utf8',
  );
  const payload = Buffer.alloc(4 + json.length + offset);
  payload.writeUInt32LE(json.length);
  json.copy(payload, 4);
  const blob = payload.subarray(4 + json.length);
  let written = fingerprintKey.copy(blob);
  for (const { secret } of records) written += secret.copy(blob, written);
  return payload;
}

/** Copies everything out of the payload, which stays the caller's to wipe. @throws DAMAGED_VAULT */
export function decodeContents(payload: Buffer): VaultContents {
  const jsonBytes = payload.length < 4 ? Infinity : payload.readUInt32LE();
  if (4 + jsonBytes > payload.length) throw unreadable();
  const parsed = parseJson(payload.subarray(4, 4 + jsonBytes));
  const blob = payload.subarray(4 + jsonBytes);
  const isInside = (at: v.InferOutput<typeof place>): boolean => at.offset + at.length <= blob.length;
  const places = [parsed.fingerprintKey, ...parsed.records.map(({ secret }) => secret)];
  if (!places.every(isInside) || parsed.fingerprintKey.length !== FINGERPRINT_KEY_BYTES) throw unreadable();
  const copyOf = ({ offset, length }: v.InferOutput<typeof place>): Buffer => {
    const copy = Buffer.alloc(length);
    blob.copy(copy, 0, offset, offset + length);
    return copy;
  };
  return {
    records: parsed.records.map((record) => ({ ...record, secret: copyOf(record.secret) })),
    idleLockMs: parsed.settings.idleLockMs,
    fingerprintKey: copyOf(parsed.fingerprintKey),
  };
}

function parseJson(bytes: Buffer): v.InferOutput<typeof contentsSchema> {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return v.parse(contentsSchema, json);
  } catch {
    throw unreadable(); // what the parser says quotes labels, and helps nobody
  }
}

function unreadable(): Error {
  return damagedVault(
    'The vault opens, but what is in it cannot be read.',
    'Update Strongroom; if it is up to date, restore the vault’s copy.',
  );
}
