// What a batch keeps of each file in the journal: what its report needs, and nothing that is secret.

import * as v from 'valibot';

import type { RecodeReport } from '../../../shared/backup.ts';

const bytes = v.pipe(v.number(), v.minValue(0));
const SCHEMA = v.object({
  originalPath: v.nullable(v.string()),
  inputBytes: bytes,
  outputBytes: bytes,
});

export type BatchItemResult = v.InferOutput<typeof SCHEMA>;

export function encodeResult(
  report: Pick<RecodeReport, 'outcome' | 'message' | 'originalPath' | 'inputBytes' | 'outputBytes'>,
): string {
  const { originalPath, inputBytes, outputBytes } = report;
  return JSON.stringify({ originalPath, inputBytes, outputBytes } satisfies BatchItemResult);
}

/** null for an item that has no result, or none that can be read. */
export function decodeResult(json: string | null): BatchItemResult | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), SCHEMA), json);
  return result.success ? result.output : null;
}
