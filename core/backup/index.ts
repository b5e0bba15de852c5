// One backup file and everything that can be done with it. Knows nothing of many backups or of databases.

export { extract } from './extract.ts';
export { inspect } from './inspect.ts';
export { list } from './list.ts';
export { inlineRunner, runMemberTask, type MemberRunner, type MemberTask } from './member-tasks.ts';
export { openWith } from './open-with.ts';
export type {
  BackupKey,
  Destination,
  ExtractOptions,
  InspectOptions,
  KeyedOptions,
  ListOptions,
  RecodeOptions,
  RepairOptions,
  SalvageOptions,
  TaskOptions,
  VerifyOptions,
} from './options.ts';
export { recode } from './recode.ts';
export { repair } from './repair.ts';
export { salvage } from './salvage.ts';
export { verify } from './verify.ts';
