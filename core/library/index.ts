// The use cases: the only place, besides core/strongroom.ts, where the rooms meet.

export { type AdoptOptions } from './adopt-key.ts';
export { type ImportOptions } from './import-kits.ts';
export { type VerificationChoice } from './choose-files.ts';
export { openLibrary, type Library, type LibraryOptions } from './library.ts';
export { type LibraryDesk, type RunOptions, type VerificationOptions } from './library-desk.ts';
export { type ReportForm } from './job-report.ts';
export { BACKGROUND_PRIORITY, isOfProgram, type JobOrigin, type StartOptions } from './library-jobs.ts';
export { type StartedRotation } from './rotation-desk.ts';
export { type Among } from './list-backups.ts';
export type { StartedJob } from '../jobs/index.ts';
export { type ScanProgress } from './scan-folders.ts';
export { filesAtATime } from './batch/index.ts';
export { type MatchOptions } from './match-keys.ts';
export { findMeantKey, type MeantKey, type MeantKeyOptions } from './meant-key.ts';
export { type SavingOptions } from './save-key.ts';
export { type LibraryEngine } from './services.ts';
export { type TypedKeyRequest } from './add-typed-key.ts';
