// How much is verified by itself, and when: the person's choice, kept in the catalogue.

import * as v from 'valibot';

import { StrongroomError } from '../../../shared/errors.ts';
import type { VerificationPolicy } from '../../../shared/library.ts';
import { DEFAULT_VERIFICATION_POLICY } from '../../../shared/verification-plan.ts';
import type { Catalog } from '../../catalog/index.ts';

const SETTING = 'verification-policy';

const hour = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23));
const limit = v.nullable(v.pipe(v.number(), v.finite(), v.gtValue(0)));
const SCHEMA = v.object({
  level: v.picklist(['quick', 'full', 'deep']),
  staleAfterDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(36_500)),
  bytesPerDay: limit,
  minutesPerDay: limit,
  quietHours: v.nullable(v.object({ from: hour, to: hour })),
});

/** What was stored; else everything in full, every 30 days, without limits. @throws DAMAGED_CATALOG, BUSY */
export function readPolicy({ settings }: Pick<Catalog, 'settings'>): VerificationPolicy {
  return settings.get(SETTING, SCHEMA) ?? DEFAULT_VERIFICATION_POLICY;
}

/** @throws USAGE for what makes no sense; DAMAGED_CATALOG, BUSY, NO_SPACE */
export function storePolicy({ settings }: Pick<Catalog, 'settings'>, policy: VerificationPolicy): void {
  if (!v.is(SCHEMA, policy))
    throw new StrongroomError('USAGE', 'This plan for verifying makes no sense.', {
      hint: 'Days are whole and at least one, limits are larger than nothing, hours go from 0 to 23.',
    });
  settings.set(SETTING, policy);
}
