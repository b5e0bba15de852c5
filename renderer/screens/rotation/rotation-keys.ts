// Which keys can be replaced, and by which. Pure.

import type { ListedKey } from '../../../shared/keys.ts';
import { arrange } from '../keys/key-order.ts';

/** Those that open something; what somebody else may know comes first. */
export function oldKeysOf(keys: readonly ListedKey[]): readonly ListedKey[] {
  const opening = arrange(keys, '').filter(({ use }) => use === null || use.backupCount > 0);
  const isKnown = ({ state }: ListedKey): boolean => state === 'compromised';
  return [...opening.filter(isKnown), ...opening.filter((key) => !isKnown(key))];
}

/** Those in use that are not to be replaced. */
export function newKeysFor(keys: readonly ListedKey[], oldKeyIds: ReadonlySet<string>): readonly ListedKey[] {
  return arrange(keys, '').filter(({ id, state }) => state === 'active' && !oldKeyIds.has(id));
}
