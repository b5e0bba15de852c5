// Calls that begin long work, and calls about the jobs that it becomes. A call answers when its job is written down; how the job
// ends is told by events.

import type { Job } from '../../../shared/jobs.ts';
import type { StartedJob } from '../../library/index.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { WorkLane } from '../work-lane.ts';
import { filterOf } from './which-backups.ts';

export function jobHandlers({
  engine,
  background,
  plans,
  written,
  emit,
  log,
}: ServiceContext): HandlersOf<'jobs'> & HandlersOf<'verification'> & HandlersOf<'batches'> {
  const { desk } = engine.library;
  const planning = new WorkLane<{ readonly done: number; readonly total: number }>((progress) =>
    emit({ kind: 'plan', progress }),
  );
  const told = ({ job, ended }: StartedJob): Job => {
    // Its end is in its events; what comes here could not be written into its journal.
    ended.catch((error: unknown) => log.failure('job', `Job ${job.id} ended early`, error));
    return job;
  };
  return {
    'jobs.list': ({ limit }) => desk.jobs(limit),
    'jobs.get': ({ jobId }) => desk.job(jobId),
    'jobs.pause': ({ jobId }) => desk.pauseJob(jobId),
    'jobs.cancel': ({ jobId }) => desk.cancelJob(jobId),
    'jobs.resume': async ({ jobId, retryFailed }) => told(await desk.startResume(jobId, { retryFailed })),
    'jobs.saveReport': async ({ jobId, path, as }) => {
      await desk.saveJobReport(jobId, path, as);
      written.add(path);
      return { path };
    },
    'verification.start': async ({ which, level }) => {
      const filter = await filterOf(desk, which);
      return told(await desk.startVerification({ kind: 'filter', filter, copies: 'one' }, { level }));
    },
    'verification.startDue': async () => {
      const started = await desk.startVerification({ kind: 'due', evenInQuietHours: true });
      return started === null ? null : told(started);
    },
    'verification.plan': () => desk.verificationPlan(),
    'verification.policy': () => desk.verificationPolicy(),
    'verification.setPolicy': async ({ policy }) => {
      await desk.setVerificationPolicy(policy);
      background.noteLibraryChange(null); // others may count as stale now
      return desk.verificationPolicy();
    },
    'verification.report': ({ jobId }) => desk.verificationReport(jobId),
    'batches.plan': async ({ which, ...request }) => {
      const filter = await filterOf(desk, which);
      const plan = await planning.run((signal, tell) =>
        desk.planBatch(request, filter, { signal, onProgress: (done, total) => tell({ done, total }) }),
      );
      return { planId: plans.put(plan), plan };
    },
    'batches.cancelPlan': () => {
      planning.cancel();
      return null;
    },
    'batches.start': ({ planId }) => plans.use(planId, async (plan) => told(await desk.startBatch(plan))),
    'batches.report': ({ jobId }) => desk.batchReport(jobId),
  };
}
