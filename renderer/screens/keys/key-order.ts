// Which keys the Keys screen shows and in which order: those in use that open the newest backups first, then those that need a
// thought, then the retired. Pure.

import type { KeyState, ListedKey } from '../../../shared/keys.ts';
import { nameOrder } from '../../app/formats.ts';

const ORDER: Readonly<Record<KeyState, number>> = { active: 0, compromised: 1, retired: 2 };

/** The keys that a text fits, in the order of the screen. Pure. */
export function arrange(keys: readonly ListedKey[], text: string): readonly ListedKey[] {
  const wanted = text.trim().toLowerCase();
  const byName = nameOrder();
  const fits = ({ label, instance, url, fingerprint }: ListedKey): boolean =>
    [label, instance ?? '', url ?? '', fingerprint].some((words) => words.toLowerCase().includes(wanted));
  return keys
    .filter(fits)
    .sort(
      (a, b) =>
        ORDER[a.state] - ORDER[b.state] ||
        (b.use?.latest ?? '').localeCompare(a.use?.latest ?? '') ||
        byName(a.label, b.label),
    );
}
