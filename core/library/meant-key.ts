// What was meant by a typed key, found out by trying: as it was typed, then with the capitals and dashes that Home
// Assistant writes, then with characters swapped that look alike. The one place that does this.

import { differingPlaces, lookAlikeKeys, normaliseTypedKey } from '../../shared/key-format.ts';
import type { TypedKeyReport } from '../../shared/keys.ts';
import { throwIfCancelled } from '../files/index.ts';

/** Each try of a v3 backup takes about 0.2 s: this many make a person wait for some seconds. */
const LOOK_ALIKE_LIMIT = 40;

export interface MeantKey extends Pick<TypedKeyReport, 'form' | 'places'> {
  /** The caller wipes it. */
  readonly password: Buffer;
}

export interface MeantKeyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told before the long search among look-alikes. */
  readonly onLookAlikes?: (() => void) | undefined;
}

/**
 * The form of a typed key that opens something; null when none does. `typed` stays the caller's to wipe.
 * @param opens whether a password opens it; never keeps the password
 * @throws CANCELLED, and whatever `opens` throws
 */
export async function findMeantKey(
  opens: (password: Buffer) => Promise<boolean>,
  typed: Buffer,
  { signal, onLookAlikes }: MeantKeyOptions = {},
): Promise<MeantKey | null> {
  if (await opens(typed)) return { form: 'as-typed', password: Buffer.from(typed), places: [] };
  const meant = normaliseTypedKey(typed.toString('utf8'));
  if (meant === null) return null;
  const asWritten = await openingOne(opens, meant);
  if (asWritten !== null) return { form: 'as-written', password: asWritten, places: [] };
  onLookAlikes?.();
  for (const candidate of lookAlikeKeys(meant, LOOK_ALIKE_LIMIT)) {
    throwIfCancelled(signal);
    const password = await openingOne(opens, candidate);
    if (password !== null) return { form: 'look-alike', password, places: differingPlaces(meant, candidate) };
  }
  return null;
}

async function openingOne(
  opens: (password: Buffer) => Promise<boolean>,
  key: string,
): Promise<Buffer | null> {
  const password = Buffer.from(key);
  let isRight = false;
  try {
    isRight = await opens(password);
    return isRight ? password : null;
  } finally {
    if (!isRight) password.fill(0);
  }
}
