// Calls about where backups are, and copying them to another place.

import type { CopyPlan } from '../../../shared/places.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { PlanShelf } from '../plan-shelf.ts';
import { WorkLane } from '../work-lane.ts';
import { filterOf } from './which-backups.ts';

export function placesHandlers({
  engine,
  background,
  scanning,
  emit,
  log,
}: ServiceContext): HandlersOf<'places'> & HandlersOf<'copies'> {
  const { desk } = engine.library;
  const plans = new PlanShelf<CopyPlan>();
  const planning = new WorkLane<{ readonly done: number; readonly total: number }>((progress) =>
    emit({ kind: 'plan', progress }),
  );
  return {
    'places.overview': () => desk.placesOverview(),
    'places.setKind': async ({ path, kind }) => {
      const overview = await desk.setPlaceKind(path, kind);
      background.noteLibraryChange(null);
      return overview;
    },
    'copies.plan': async ({ which, to }) => {
      const filter = await filterOf(desk, which);
      const plan = await planning.run((signal, tell) =>
        desk.planCopies(to, filter, { signal, onProgress: (done, total) => tell({ done, total }) }),
      );
      return { planId: plans.put(plan), plan };
    },
    'copies.start': ({ planId }) =>
      plans.use(planId, async (plan) => {
        const { job, ended } = await desk.startCopies(plan);
        if (!plan.isInLibrary) {
          background.noteLibraryChange(null);
          scanning.scanSoon([plan.to]); // what lies there besides
        }
        // Its end is in its events; what comes here could not be written into its journal.
        ended.catch((error: unknown) => log.failure('job', `Job ${job.id} ended early`, error));
        return job;
      }),
    'copies.report': ({ jobId }) => desk.copyReport(jobId),
  };
}
