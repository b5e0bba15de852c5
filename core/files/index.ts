// Files on disk: reading stretches, writing outputs that are whole or not there at all.

export { syncInBackground } from './background-sync.ts';
export { QUARANTINE_FOLDER, purgeQuarantine } from './originals.ts';
export { OutputFile, type Replacing } from './output-file.ts';
export { fileOfJournal, partialPathOf, type FileIdentity } from './output-journal.ts';
export { readAt, readRange, throwIfCancelled, type RangeOptions } from './read-range.ts';
export { recoverFolder, recoverOutput } from './recover-output.ts';
export { identityOf, sameFile } from './renames.ts';
