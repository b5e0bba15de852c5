// The scheme for how long backups stay: what it means for each folder, the removal as a job, its report, and the way back.

export { planScheme, type PlanSchemeOptions } from './plan-scheme.ts';
export { purgeRemoved } from './purge-removed.ts';
export { removedFiles } from './removed-files.ts';
export { schemeHandler } from './scheme-job.ts';
export { createSchemeJobs, schemeReport } from './scheme-report.ts';
export { parseSchemeRequest } from './scheme-request.ts';
export { readSchemeRule, textOfRule } from './scheme-rule.ts';
export { startScheme } from './start-scheme.ts';
export { undoRemoval } from './undo-removal.ts';
