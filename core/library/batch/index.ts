// Batches: one plan for many backups, the run as a job, and its report.

export { candidatesAt, candidatesOf, type BatchCandidate } from './batch-candidates.ts';
export { batchHandlers } from './batch-job.ts';
export { batchReport, createBatch, runBatch, type CreateBatchOptions } from './batch-report.ts';
export { checkRequest } from './batch-request.ts';
export { isKeptOriginal } from './kept-original.ts';
export { planBatch, type PlanOptions, type PlanProgress } from './plan-batch.ts';
export { filesAtATime } from './writing-room.ts';
