// The parts that inputs of calls are made of. Everything is bounded: an input is what a window sent.

import * as v from 'valibot';

import { PLACE_FINDINGS } from '../place-rules.ts';

/** Longest path of any system that Strongroom runs on, in UTF-16 units. */
const PATH_LIMIT = 32_767;
const LIST_LIMIT = 100_000;

const isAbsolute = (path: string): boolean => /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path);

/** Absolute, as its system writes it; no NUL. Whether it is there is asked when it is used. */
export const PATH = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(PATH_LIMIT),
  v.check((path) => !path.includes('\0'), 'A path holds no NUL.'),
  v.check(isAbsolute, 'The path has to be absolute.'),
);
export const PATHS = v.pipe(v.array(PATH), v.minLength(1), v.maxLength(LIST_LIMIT));

/** See BackupInspection. */
export const IDENTITY = v.pipe(v.string(), v.regex(/^[0-9a-f]{16,128}$/));
export const IDENTITIES = v.pipe(v.array(IDENTITY), v.minLength(1), v.maxLength(LIST_LIMIT));

/** Id of a key record. */
export const KEY_ID = v.pipe(v.string(), v.minLength(1), v.maxLength(128));
export const LABEL = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
/** A key or a passphrase as it was typed. */
export const SECRET = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

export const JOB_ID = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
export const LIMIT = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));
export const COUNT_OF_DAYS = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650));

/** What a scheme keeps is a text with rules; whether it is one is asked when it is used. */
export const SCHEME_RULE = v.strictObject({
  policy: v.pipe(v.string(), v.maxLength(500)),
  to: v.picklist(['quarantine', 'trash']),
  undoDays: COUNT_OF_DAYS,
});

export const NOTHING = v.strictObject({});
export const VERIFY_LEVEL = v.picklist(['quick', 'full', 'deep']);
export const ORIGINALS = v.picklist(['keep', 'quarantine', 'trash']);

/** Which backups: those named, or all that a filter means. */
export const BACKUP_FORMAT = v.picklist(['plain', 'v1', 'v2', 'v3', 'mixed', 'none', 'old']);
export const LIBRARY_FILTER = v.strictObject({
  folder: v.exactOptional(PATH),
  paths: v.exactOptional(PATHS),
  format: v.exactOptional(BACKUP_FORMAT),
  text: v.exactOptional(v.pipe(v.string(), v.maxLength(500))),
  keyId: v.exactOptional(KEY_ID),
  keyState: v.exactOptional(v.picklist(['opens', 'opens-part', 'locked', 'untried', 'plain'])),
  withoutKey: v.exactOptional(v.literal(true)),
  verified: v.exactOptional(v.picklist(['never', 'failed', 'stale', 'good'])),
  places: v.exactOptional(v.picklist([...PLACE_FINDINGS, 'goal-missed'])),
  since: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  before: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
});
/** Files of backups; empty means none, and a call that needs some says USAGE. */
export const WHICH_BACKUPS = v.variant('kind', [
  v.strictObject({ kind: v.literal('filter'), filter: LIBRARY_FILTER }),
  v.strictObject({ kind: v.literal('backups'), identities: IDENTITIES }),
]);
export type WhichBackups = v.InferOutput<typeof WHICH_BACKUPS>;
