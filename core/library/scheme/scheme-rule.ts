// The scheme that a person used last, kept in the catalogue.

import * as v from 'valibot';

import { formatPolicy, parsePolicy } from '../../../shared/retention/index.ts';
import type { SchemeRule } from '../../../shared/scheme.ts';
import type { Catalog } from '../../catalog/index.ts';

const SETTING = 'scheme-rule';
const DEFAULT_RULE: SchemeRule = { policy: 'standard', to: 'quarantine', undoDays: 30 };

export const SCHEME_RULE = v.strictObject({
  policy: v.string(),
  to: v.picklist(['quarantine', 'trash']),
  undoDays: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** What was stored; else the standard policy, with thirty days in quarantine. @throws DAMAGED_CATALOG, BUSY */
export function readSchemeRule({ settings }: Pick<Catalog, 'settings'>): SchemeRule {
  return settings.get(SETTING, SCHEME_RULE) ?? DEFAULT_RULE;
}

/** @throws DAMAGED_CATALOG, BUSY, NO_SPACE */
export function storeSchemeRule({ settings }: Pick<Catalog, 'settings'>, rule: SchemeRule): void {
  settings.set(SETTING, rule);
}

/** What makes two rules the same for whoever agreed to one: what is kept, and where the rest goes. @throws USAGE */
export function textOfRule({ policy, to }: SchemeRule): string {
  return `${formatPolicy(parsePolicy(policy))} to ${to}`;
}
