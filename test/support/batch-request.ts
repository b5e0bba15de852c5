import type { BatchRequest } from '../../shared/library.ts';

/** A migration that keeps originals unless told otherwise. */
export function request(parts: Partial<BatchRequest> = {}): BatchRequest {
  return {
    operation: 'migrate',
    originals: 'keep',
    quarantineDays: 30,
    newKeyId: null,
    format: 'v3',
    ...parts,
  };
}
