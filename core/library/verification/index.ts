// Verifying a library: what is due, the run as a job, and its report.

export { planDue, systemTimeZone, type PlanDueOptions } from './plan-due.ts';
export {
  createDueVerification,
  createVerification,
  verificationReport,
  type CreateVerificationOptions,
} from './verification-report.ts';
export { readPolicy, storePolicy } from './verification-policy.ts';
export { verifyHandler, type VerifyHandlerOptions } from './verify-job.ts';
export { type VerifyRequest } from './verify-request.ts';
