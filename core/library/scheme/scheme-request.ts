// What a scheme job was asked to do, and what it keeps of each file, as both are stored with it.

import * as v from 'valibot';

import { StrongroomError } from '../../../shared/errors.ts';
import { SCHEME_RULE } from './scheme-rule.ts';

const REQUEST = v.strictObject({
  folder: v.string(),
  rule: SCHEME_RULE,
  timeZone: v.string(),
  /** The same for all folders of one start. */
  runId: v.pipe(v.string(), v.uuid()),
  /** The newest first, with its files in this folder. */
  stays: v.array(v.strictObject({ identity: v.string(), paths: v.array(v.string()) })),
  goes: v.array(v.strictObject({ identity: v.string(), path: v.string() })),
});
export type SchemeRequest = v.InferOutput<typeof REQUEST>;

const RESULT = v.object({ keptAt: v.nullable(v.string()), deletedAfter: v.nullable(v.string()) });
export type SchemeItemResult = v.InferOutput<typeof RESULT>;

/** @throws DAMAGED_CATALOG when it is not what was stored */
export function parseSchemeRequest(requestJson: string): SchemeRequest {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), REQUEST), requestJson);
  if (request.success) return request.output;
  throw new StrongroomError('DAMAGED_CATALOG', 'What a job was asked to do cannot be read any more.', {
    hint: 'Nothing was touched. Plan it anew.',
  });
}

/** null for an item that has no result, or none that can be read. */
export function decodeSchemeResult(json: string | null): SchemeItemResult | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), RESULT), json);
  return result.success ? result.output : null;
}
