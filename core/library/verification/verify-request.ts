// What a verification job was asked to do, and what it keeps of each file, as both are stored with it.

import * as v from 'valibot';

import type { VerifyLevel } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';

export interface VerifyRequest {
  readonly level: VerifyLevel;
  /** plan: it began by itself, so it begins nothing more in quiet hours, or once the day’s budget is used up. */
  readonly origin: 'plan' | 'person';
}

const REQUEST = v.strictObject({
  level: v.picklist(['quick', 'full', 'deep']),
  origin: v.picklist(['plan', 'person']),
});
const RESULT = v.object({ status: v.picklist(['good', 'not-started']), bytes: v.number() });

export type VerifyItemResult = v.InferOutput<typeof RESULT>;

/** @throws DAMAGED_CATALOG when it is not what was stored */
export function parseVerifyRequest(requestJson: string): VerifyRequest {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), REQUEST), requestJson);
  if (request.success) return request.output;
  throw new StrongroomError('DAMAGED_CATALOG', 'What a job was asked to do cannot be read any more.', {
    hint: 'Nothing was touched. Start it anew.',
  });
}

/** null for an item that has no result, or none that can be read. */
export function decodeVerifyResult(json: string | null): VerifyItemResult | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), RESULT), json);
  return result.success ? result.output : null;
}
