// What another Strongroom can be asked to do: calls on its library's desk, by name, with plain arguments and answers.

import type { LibraryDesk } from '../../core/library/index.ts';
import type { JobEvent } from '../../shared/jobs.ts';
import type { BatchPlan, BatchRequest } from '../../shared/library.ts';
import { request } from '../support/batch-request.ts';

export function callsOf(desk: LibraryDesk, onEvent: (event: JobEvent) => void) {
  const running = { signal: new AbortController().signal, onEvent };
  return {
    catalogProblem: () => Promise.resolve(desk.catalogProblem()),
    addFolder: (path: string) => desk.addFolder(path),
    scan: () => desk.scan({}),
    list: () => desk.listBackups(),
    plan: (parts: Partial<BatchRequest>) => desk.planBatch(request(parts), {}),
    run: (plan: BatchPlan) => desk.runBatch(plan, running),
    report: (jobId: number) => desk.batchReport(jobId),
    resume: (jobId: number, retryFailed: boolean) => desk.resumeJob(jobId, { ...running, retryFailed }),
    cancel: (jobId: number) => desk.cancelJob(jobId),
    recover: () => desk.recover(),
    jobs: () => desk.jobs(),
    job: (jobId: number) => desk.job(jobId),
    verify: () =>
      desk.verifyBackups({ kind: 'filter', filter: {}, copies: 'every' }, { ...running, level: 'full' }),
    verificationPlan: () => desk.verificationPlan(),
  };
}

export type DeskCalls = ReturnType<typeof callsOf>;
export type DeskCall = keyof DeskCalls;
