// Plans between the moment they are shown and the person's yes. The last ten are kept, in memory only; each is used once.

import { randomUUID } from 'node:crypto';

import { StrongroomError } from '../../shared/errors.ts';

const KEPT_PLANS = 10;

export class PlanShelf<Plan> {
  readonly #plans = new Map<string, Plan>();

  /** Returns the plan's id. */
  put(plan: Plan): string {
    const id = randomUUID();
    this.#plans.set(id, plan);
    for (const oldest of [...this.#plans.keys()].slice(0, -KEPT_PLANS)) this.#plans.delete(oldest);
    return id;
  }

  /** Takes the plan away; where the work could not be begun it is put back. @throws USAGE it is not there any more */
  async use<T>(id: string, begin: (plan: Plan) => Promise<T>): Promise<T> {
    const plan = this.#plans.get(id);
    if (plan === undefined) throw gone();
    this.#plans.delete(id);
    try {
      return await begin(plan);
    } catch (error) {
      this.#plans.set(id, plan);
      throw error;
    }
  }
}

function gone(): StrongroomError {
  return new StrongroomError(
    'USAGE',
    'This plan is not there any more: it was used, or newer ones took its place.',
    {
      hint: 'Make the plan again; nothing was changed.',
    },
  );
}
