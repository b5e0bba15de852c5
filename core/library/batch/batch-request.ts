// What a batch was asked to do, as it is stored with its job, and what is refused before any file is looked at.

import * as v from 'valibot';

import { StrongroomError } from '../../../shared/errors.ts';
import type { KeyInfo } from '../../../shared/keys.ts';
import type { BatchOperation, BatchRequest } from '../../../shared/library.ts';
import type { LibraryServices } from '../services.ts';

export const BATCH_OPERATIONS = ['migrate', 'encrypt', 'rekey'] as const satisfies readonly BatchOperation[];

const SCHEMA = v.strictObject({
  operation: v.picklist(BATCH_OPERATIONS),
  originals: v.picklist(['keep', 'quarantine', 'trash']),
  quarantineDays: v.pipe(v.number(), v.integer(), v.minValue(1)),
  newKeyId: v.nullable(v.string()),
  format: v.picklist(['v2', 'v3']),
});

/** @throws DAMAGED_CATALOG when it is not what was stored */
export function parseRequest(requestJson: string): BatchRequest {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), SCHEMA), requestJson);
  if (request.success) return request.output;
  throw new StrongroomError('DAMAGED_CATALOG', 'What a job was asked to do cannot be read any more.', {
    hint: 'Nothing was touched. Plan it anew.',
  });
}

/** In the details of an error: the new key must not be written with any more, which is so for every file. */
export const NEW_KEY_UNFIT = 'newKeyUnfit';

/**
 * The key to encrypt with; null for a migration, which keeps the one there is.
 * @throws USAGE for what makes no sense, or a key that must not be written with any more; UNKNOWN_KEY, VAULT_LOCKED,
 *   NO_VAULT, DAMAGED_VAULT
 */
export async function checkRequest(
  { vault }: Pick<LibraryServices, 'vault'>,
  { operation, newKeyId, quarantineDays }: BatchRequest,
): Promise<KeyInfo | null> {
  if (!Number.isInteger(quarantineDays) || quarantineDays < 1) {
    throw new StrongroomError('USAGE', 'Originals wait in quarantine for whole days, at least one.', {
      hint: 'Thirty days are usual.',
    });
  }
  if (operation === 'migrate') {
    if (newKeyId === null) return null;
    throw new StrongroomError('USAGE', 'A migration keeps the key of each backup.', {
      hint: 'For another key, rekey them: that brings them to the new format, too.',
    });
  }
  if (newKeyId === null) {
    throw new StrongroomError('USAGE', `To ${operation} backups, a key of the vault has to be chosen.`, {
      hint: 'Choose the key that shall open them from now on.',
    });
  }
  const key = await vault.find(newKeyId);
  if (key.state === 'active') return key;
  const why = key.state === 'retired' ? 'is retired' : 'is marked as compromised: somebody else may know it';
  throw new StrongroomError(
    'USAGE',
    `Your key “${key.label}” ${why}. Nothing is encrypted with it any more.`,
    {
      hint: 'Choose an active key, or make a new one.',
      details: { [NEW_KEY_UNFIT]: true },
    },
  );
}
