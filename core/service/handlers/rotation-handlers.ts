// Calls about rotations of keys.

import type { RotationPlan, RotationStatus } from '../../../shared/rotation.ts';
import type { StartedRotation } from '../../library/index.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { PlanShelf } from '../plan-shelf.ts';
import { WorkLane } from '../work-lane.ts';
import { filterOf } from './which-backups.ts';

export function rotationHandlers({ engine, emit, log }: ServiceContext): HandlersOf<'rotation'> {
  const { desk } = engine.library;
  const plans = new PlanShelf<RotationPlan>();
  const planning = new WorkLane<{ readonly done: number; readonly total: number }>((progress) =>
    emit({ kind: 'plan', progress }),
  );
  const told = ({ rotation, run }: StartedRotation): RotationStatus => {
    // Its end is in its job's events; what comes here could not be written down.
    run?.ended.catch((error: unknown) => log.failure('job', `Rotation ${rotation.id} ended early`, error));
    return rotation;
  };
  return {
    'rotation.plan': async ({ which, ...keys }) => {
      const filter = await filterOf(desk, which);
      const plan = await planning.run((signal, tell) =>
        desk.rotations.plan(
          { ...keys, filter },
          { signal, onProgress: ({ doneCount, totalCount }) => tell({ done: doneCount, total: totalCount }) },
        ),
      );
      return { planId: plans.put(plan), plan };
    },
    'rotation.cancelPlan': () => {
      planning.cancel();
      return null;
    },
    'rotation.start': ({ planId }) =>
      plans.use(planId, async (plan) => told(await desk.rotations.start(plan))),
    'rotation.resume': async ({ rotationId }) => told(await desk.rotations.resume(rotationId)),
    'rotation.end': ({ rotationId }) => desk.rotations.end(rotationId),
    'rotation.list': () => desk.rotations.list(),
  };
}
