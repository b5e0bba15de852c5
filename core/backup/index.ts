// One backup file and everything that can be done with it. Knows nothing of many backups or of databases.

export { extract } from './extract/extract.ts';
export { readEntry } from './extract/read-entry.ts';
export { inspect } from './file/inspect.ts';
export { list } from './extract/list.ts';
export {
  inlineRunner,
  pooledRunner,
  runMemberTask,
  type MemberRunner,
  type MemberTask,
} from './member-tasks.ts';
export { openWith } from './open/open-with.ts';
export type {
  BackupKey,
  Destination,
  ExtractOptions,
  InspectOptions,
  KeyedOptions,
  ListOptions,
  ReadEntryOptions,
  RecodeOptions,
  RepairOptions,
  SalvageOptions,
  TaskOptions,
  VerifyOptions,
} from './options.ts';
export type { NamedEntry } from './read/entry-names.ts';
export { recode } from './recode/recode.ts';
export { repair } from './recode/repair.ts';
export { salvage } from './salvage/salvage.ts';
export { verify } from './read/verify.ts';
