// Calls about the scheme for how long backups stay.

import type { SchemePlan } from '../../../shared/scheme.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { PlanShelf } from '../plan-shelf.ts';

export function schemeHandlers({ engine, background, log }: ServiceContext): HandlersOf<'scheme'> {
  const { desk } = engine.library;
  const plans = new PlanShelf<SchemePlan>();
  return {
    'scheme.rule': () => desk.schemeRule(),
    'scheme.plan': async ({ rule, folders }) => {
      const plan = await desk.planScheme(rule, folders === undefined ? {} : { folders });
      return { planId: plans.put(plan), plan };
    },
    'scheme.start': ({ planId }) =>
      plans.use(planId, async (plan) => {
        const started = await desk.startScheme(plan);
        for (const { job, ended } of started)
          // Its end is in its events; what comes here could not be written into its journal.
          ended.catch((error: unknown) => log.failure('job', `Job ${job.id} ended early`, error));
        return started.map(({ job }) => job);
      }),
    'scheme.report': ({ jobId }) => desk.schemeReport(jobId),
    'scheme.removed': () => desk.removedFiles(),
    'scheme.undo': async ({ keptAt }) => {
      const report = await desk.undoRemoval(keptAt);
      if (report.restored.length > 0) background.noteLibraryChange(null);
      return report;
    },
  };
}
