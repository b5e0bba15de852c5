// Results equal those of a real restic on the same times and policies: test/fixtures/retention has what it kept. It was a version that did
// not keep the oldest yet where a rule has slots left, so that rule is off here; scheme.test.ts tests it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import {
  formatPolicy,
  parseSpan,
  planRetention,
  type RetentionPolicy,
} from '../../shared/retention/index.ts';
import { candidate, kept } from './scheme-samples.ts';

interface Fixture {
  readonly timezone: string;
  readonly times: readonly string[];
  readonly cases: readonly {
    readonly policy: Readonly<Record<string, number>> & { readonly within?: string };
    readonly keep: readonly string[];
  }[];
}

const AFTER_ALL = new Date('2027-01-01T00:00:00Z');

describe.each(['utc', 'amsterdam'])('as restic does, times of %s', (name) => {
  const path = fileURLToPath(new URL(`../fixtures/retention/${name}.json`, import.meta.url));
  const { timezone, times, cases } = JSON.parse(readFileSync(path, 'utf8')) as Fixture;
  const all = times.map((time) => candidate(time, { date: time }));

  it.each(cases.map(({ policy, keep }) => [policyOf(policy), keep] as const))('%o', (policy, keep) => {
    expect(policy).not.toEqual({});
    const options = { now: AFTER_ALL, timeZone: timezone, keepsOldest: false };
    expect(kept(planRetention(all, policy, options)).sort(), formatPolicy(policy)).toEqual([...keep].sort());
  });
});

function policyOf({ within, ...counted }: Fixture['cases'][number]['policy']): RetentionPolicy {
  return { ...counted, ...(within === undefined ? {} : { within: parseSpan(within) }) };
}
