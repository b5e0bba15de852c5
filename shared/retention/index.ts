export {
  COUNTED_RULES,
  formatPolicy,
  formatSpan,
  isEmptyPolicy,
  parsePolicy,
  parseSpan,
  PRESETS,
} from './policy.ts';
export type { CalendarSpan, CountedRule, PresetName, RetentionPolicy } from './policy.ts';
export { calendarOf, PersonsCalendar, type Period } from './periods.ts';
export { planFolder, type PlannedFolder } from './folder-scheme.ts';
export { planRetention } from './plan.ts';
export type {
  KeepReason,
  RemoveReason,
  RetentionCandidate,
  RetentionDecision,
  RetentionOptions,
} from './plan.ts';
