// Rotation of keys, the scheme for how long backups stay, and where their copies are.

import * as v from 'valibot';

import type { Job } from '../jobs.ts';
import type { CopyPlan, CopyReport, PlacesOverview } from '../places.ts';
import { PLACE_KINDS } from '../places.ts';
import type { RotationPlan, RotationStatus } from '../rotation.ts';
import type { RemovedFile, SchemePlan, SchemeReport, SchemeRule, UndoReport } from '../scheme.ts';
import { answer, CATALOG_ERRORS, defineCall, VAULT_CHANGE_ERRORS, VAULT_ERRORS } from './call.ts';
import {
  COUNT_OF_DAYS,
  IDENTITIES,
  JOB_ID,
  KEY_ID,
  NOTHING,
  ORIGINALS,
  PATH,
  PATHS,
  SCHEME_RULE,
  WHICH_BACKUPS,
} from './inputs.ts';

const PLAN_ID = v.pipe(v.string(), v.uuid());
const ROTATION_ID = JOB_ID;

export const rotationCalls = {
  'rotation.plan': defineCall({
    summary:
      'What giving backups of old keys a new key would do to each file; nothing is changed. The last ten plans are kept.',
    input: v.strictObject({
      which: WHICH_BACKUPS,
      oldKeyIds: v.pipe(v.array(KEY_ID), v.minLength(1), v.maxLength(1000)),
      newKeyId: KEY_ID,
      originals: ORIGINALS,
      quarantineDays: COUNT_OF_DAYS,
    }),
    answer: answer<{ readonly planId: string; readonly plan: RotationPlan }>(
      '{ planId, plan: RotationPlan }',
    ),
    errors: [...CATALOG_ERRORS, ...VAULT_ERRORS, 'UNKNOWN_KEY', 'CANCELLED'],
  }),
  'rotation.cancelPlan': defineCall({
    summary: 'Ends the planning that runs.',
    input: NOTHING,
    answer: answer<null>('null'),
    errors: [],
  }),
  'rotation.start': defineCall({
    summary:
      'Begins a rotation by its plan, once the new key is saved outside the vault. A plan is used once.',
    input: v.strictObject({ planId: PLAN_ID }),
    answer: answer<RotationStatus>('RotationStatus'),
    errors: [...CATALOG_ERRORS, ...VAULT_CHANGE_ERRORS, 'UNKNOWN_KEY'],
  }),
  'rotation.resume': defineCall({
    summary: 'Goes on with a rotation: the job that stands still, or what was away or failed when it ran.',
    input: v.strictObject({ rotationId: ROTATION_ID }),
    answer: answer<RotationStatus>('RotationStatus'),
    errors: [...CATALOG_ERRORS, ...VAULT_CHANGE_ERRORS, 'UNKNOWN_KEY', 'CANCELLED'],
  }),
  'rotation.end': defineCall({
    summary: 'Sets a rotation aside; what has the new key keeps it, the rest keeps the old one.',
    input: v.strictObject({ rotationId: ROTATION_ID }),
    answer: answer<RotationStatus>('RotationStatus'),
    errors: [...CATALOG_ERRORS, ...VAULT_ERRORS],
  }),
  'rotation.list': defineCall({
    summary: 'Rotations and how far each is, the newest first.',
    input: NOTHING,
    answer: answer<readonly RotationStatus[]>('RotationStatus[]'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT'],
  }),
  'scheme.rule': defineCall({
    summary: 'The scheme as it was last used; the standard one where there was none.',
    input: NOTHING,
    answer: answer<SchemeRule>('SchemeRule'),
    errors: CATALOG_ERRORS,
  }),
  'scheme.plan': defineCall({
    summary:
      'Which files of each folder a scheme would remove, and why each stays or goes; nothing is changed. All folders unless told.',
    input: v.strictObject({ rule: SCHEME_RULE, folders: v.exactOptional(PATHS) }),
    answer: answer<{ readonly planId: string; readonly plan: SchemePlan }>('{ planId, plan: SchemePlan }'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT'],
  }),
  'scheme.start': defineCall({
    summary:
      'Removes what a plan says, one job for each folder, after a fresh look whether what stays can be read. A plan is used once.',
    input: v.strictObject({ planId: PLAN_ID }),
    answer: answer<readonly Job[]>('Job[]'),
    errors: CATALOG_ERRORS,
  }),
  'scheme.report': defineCall({
    summary: 'What a scheme removed from a folder, file by file.',
    input: v.strictObject({ jobId: JOB_ID }),
    answer: answer<SchemeReport>('SchemeReport'),
    errors: CATALOG_ERRORS,
  }),
  'scheme.removed': defineCall({
    summary:
      'Files that schemes moved into quarantine and that can be brought back, those that went last first.',
    input: NOTHING,
    answer: answer<readonly RemovedFile[]>('RemovedFile[]'),
    errors: CATALOG_ERRORS,
  }),
  'scheme.undo': defineCall({
    summary: 'Brings files back from quarantine to where they were; nothing is overwritten.',
    input: v.strictObject({ keptAt: PATHS }),
    answer: answer<UndoReport>('UndoReport'),
    errors: CATALOG_ERRORS,
  }),
  'library.pin': defineCall({
    summary: 'Pins backups, so that no scheme ever removes them, or takes the pins away.',
    input: v.strictObject({ identities: IDENTITIES, isPinned: v.boolean() }),
    answer: answer<null>('null'),
    errors: CATALOG_ERRORS,
  }),
  'places.overview': defineCall({
    summary:
      'In which places each backup is, and which are in one only, only on this disk, only in a synced folder.',
    input: NOTHING,
    answer: answer<PlacesOverview>('PlacesOverview'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT'],
  }),
  'places.setKind': defineCall({
    summary: 'Says what kind of place a folder of the library is in; null: it is found out.',
    input: v.strictObject({ path: PATH, kind: v.nullable(v.picklist(PLACE_KINDS)) }),
    answer: answer<PlacesOverview>('PlacesOverview'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT'],
  }),
  'copies.plan': defineCall({
    summary:
      'What copying backups into another folder would do; nothing is changed. The last ten plans are kept.',
    input: v.strictObject({ which: WHICH_BACKUPS, to: PATH }),
    answer: answer<{ readonly planId: string; readonly plan: CopyPlan }>('{ planId, plan: CopyPlan }'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT', 'CANCELLED'],
  }),
  'copies.start': defineCall({
    summary: 'Copies by a plan, and verifies each file after it was written. A plan is used once.',
    input: v.strictObject({ planId: PLAN_ID }),
    answer: answer<Job>('Job'),
    errors: CATALOG_ERRORS,
  }),
  'copies.report': defineCall({
    summary: 'What was copied, file by file.',
    input: v.strictObject({ jobId: JOB_ID }),
    answer: answer<CopyReport>('CopyReport'),
    errors: CATALOG_ERRORS,
  }),
};
