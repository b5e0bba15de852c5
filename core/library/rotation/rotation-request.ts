// What a rotation was asked to do, as it is stored with it, and what is refused before any file is looked at.

import * as v from 'valibot';

import { LIBRARY_FILTER } from '../../../shared/contract/inputs.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import type { BatchRequest } from '../../../shared/library.ts';
import type { RotationRequest } from '../../../shared/rotation.ts';

const KEY_ID = v.pipe(v.string(), v.minLength(1));
const SCHEMA = v.strictObject({
  oldKeyIds: v.pipe(v.array(KEY_ID), v.minLength(1)),
  newKeyId: KEY_ID,
  filter: LIBRARY_FILTER,
  originals: v.picklist(['keep', 'quarantine', 'trash']),
  quarantineDays: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** @throws DAMAGED_CATALOG when it is not what was stored */
export function parseRotationRequest(requestJson: string): RotationRequest {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), SCHEMA), requestJson);
  if (request.success) return request.output;
  throw new StrongroomError('DAMAGED_CATALOG', 'What a rotation was asked to do cannot be read any more.', {
    hint: 'Every backup is as it was. Plan the rotation anew.',
  });
}

/** @throws USAGE for keys that make no rotation */
export function requireRotation({ oldKeyIds, newKeyId }: RotationRequest): void {
  if (oldKeyIds.length === 0) {
    throw new StrongroomError('USAGE', 'It is not said which key is to be replaced.', {
      hint: 'Choose the old key, or all that are marked as compromised.',
    });
  }
  if (!oldKeyIds.includes(newKeyId)) return;
  throw new StrongroomError('USAGE', 'The new key is one of those that are to be replaced.', {
    hint: 'Choose another new key, or make one.',
  });
}

/** The whole library: nothing is chosen among it. */
export function isWholeLibrary({ filter }: RotationRequest): boolean {
  return Object.keys(filter).length === 0;
}

/** The work on the files is a batch like any other. */
export function batchOf({ newKeyId, originals, quarantineDays }: RotationRequest): BatchRequest {
  return { operation: 'rekey', newKeyId, originals, quarantineDays, format: 'v3' };
}
