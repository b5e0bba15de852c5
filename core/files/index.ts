// Files on disk: reading stretches, writing outputs that are whole or not there at all.

export { syncInBackground } from './background-sync.ts';
export { moveToTrash, purgeQuarantine } from './originals.ts';
export { OutputFile, type Replacing } from './output-file.ts';
export {
  fileOfJournal,
  ignoreMissing,
  journalPathOf,
  partialPathOf,
  type FileIdentity,
} from './output-journal.ts';
export { endOwner, mayBeAlive, newOwner } from './output-owner.ts';
export { clockWasWrong, QUARANTINE_FOLDER } from './quarantine-record.ts';
export { PRIVATE_MODE, writePrivateFile } from './private-file.ts';
export { readAt, readRange, throwIfCancelled, type RangeOptions } from './read-range.ts';
export { recoverFolder, recoverOutput } from './recover-output.ts';
export {
  bringBack,
  deleteRemoval,
  findRemoval,
  readRemoval,
  removalsIn,
  removeToQuarantine,
  tidyRemovals,
  type Removal,
} from './removals.ts';
export { identityOf, moveWithoutOverwriting, sameFile } from './renames.ts';
export { syncFolder } from './sync-folder.ts';
