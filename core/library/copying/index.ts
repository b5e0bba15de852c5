// Copying backups into another folder: the plan, the run as a job, and its report.

export { copyHandler, type CopyHandlerOptions } from './copy-job.ts';
export { copyReport, createCopies } from './copy-report.ts';
export { planCopies, type PlanCopiesOptions } from './plan-copies.ts';
