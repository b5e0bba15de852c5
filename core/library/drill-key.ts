// The key drill: a person types a saved copy of a key and hears whether it is right, before it is needed. Says where a
// wrong copy differs, never what stands there.

import {
  differingPlaces,
  isHomeAssistantKey,
  isLookAlike,
  normaliseTypedKey,
} from '../../shared/key-format.ts';
import type { DrillReport, KeyInfo, KeyPlace } from '../../shared/keys.ts';
import type { Vault } from '../vault/index.ts';
import { revealKey } from './reveal-key.ts';

type Outcome = Pick<DrillReport, 'outcome' | 'places'>;

const BEST_FIRST: readonly DrillReport['outcome'][] = [
  'right',
  'right-but-written-differently',
  'look-alike',
  'wrong',
];

/**
 * Compares copies of a key with the one in the vault; the best of them counts. A right one is remembered with its date.
 * The copies stay the caller's to wipe.
 * @throws VAULT_LOCKED, UNKNOWN_KEY, and what writing the vault throws
 */
export async function drillKey(vault: Vault, id: string, copies: readonly Buffer[]): Promise<DrillReport> {
  let key: KeyInfo = await vault.find(id);
  const outcomes: Outcome[] = [];
  for (const copy of copies) outcomes.push(await compare(vault, id, copy));
  const [best = { outcome: 'wrong', places: [] } as const] = outcomes.toSorted(
    (a, b) => BEST_FIRST.indexOf(a.outcome) - BEST_FIRST.indexOf(b.outcome),
  );
  if (best.outcome === 'right' || best.outcome === 'right-but-written-differently') {
    key = await vault.change(id, { drilledAt: new Date().toISOString() });
  }
  return { key, ...best };
}

async function compare(vault: Vault, id: string, copy: Buffer): Promise<Outcome> {
  if (copy.length === 0) return { outcome: 'wrong', places: [] };
  if (await vault.matches(id, copy)) return { outcome: 'right', places: [] };
  const meant = normaliseTypedKey(copy.toString('utf8'));
  if (meant === null) return { outcome: 'wrong', places: [] };
  const asWritten = Buffer.from(meant);
  try {
    if (await vault.matches(id, asWritten)) return { outcome: 'right-but-written-differently', places: [] };
  } finally {
    asWritten.fill(0);
  }
  return await explain(vault, id, meant);
}

/** Only for keys in Home Assistant's form: of another password it would tell too much. */
async function explain(vault: Vault, id: string, meant: string): Promise<Outcome> {
  const secret = await revealKey(vault, id);
  try {
    const right = secret.toString('utf8');
    if (!isHomeAssistantKey(right)) return { outcome: 'wrong', places: [] };
    const places: KeyPlace[] = differingPlaces(right, meant);
    return { outcome: isLookAlike(right, meant) ? 'look-alike' : 'wrong', places };
  } finally {
    secret.fill(0);
  }
}
