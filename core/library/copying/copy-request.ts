// What a copy job was asked to do, and what it keeps of each file, as both are stored with it.

import * as v from 'valibot';

import { StrongroomError } from '../../../shared/errors.ts';

const REQUEST = v.strictObject({
  /** Folder that is copied to, its real path. */
  to: v.string(),
  /** Where that was found to be: with its drive away another folder may stand at its path. */
  placeId: v.string(),
  /** By the position of the items. */
  items: v.array(v.strictObject({ target: v.string(), identity: v.string() })),
});
const RESULT = v.object({
  outcome: v.picklist(['verified', 'compared', 'nothing-to-do']),
  target: v.string(),
});

export type CopyRequest = v.InferOutput<typeof REQUEST>;
export type CopyItemResult = v.InferOutput<typeof RESULT>;

/** @throws DAMAGED_CATALOG when it is not what was stored */
export function parseCopyRequest(requestJson: string): CopyRequest {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), REQUEST), requestJson);
  if (request.success) return request.output;
  throw new StrongroomError('DAMAGED_CATALOG', 'What a job was asked to copy cannot be read any more.', {
    hint: 'Nothing was touched. Plan it anew.',
  });
}

export function encodeCopyResult(result: CopyItemResult): string {
  return JSON.stringify(result);
}

/** null for an item that has no result, or none that can be read. */
export function decodeCopyResult(json: string | null): CopyItemResult | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), RESULT), json);
  return result.success ? result.output : null;
}
