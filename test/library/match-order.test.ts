// Which backup comes next: where something is known near, threads apart from each other, cheap ones first.

import { expect, it } from 'vitest';

import type { BackupFacts } from '../../core/catalog/index.ts';
import { MatchOrder } from '../../core/library/match-order.ts';
import { day } from './library-samples.ts';

function backup(at: number, variant = 'v3', instanceId: string | null = 'home'): BackupFacts {
  const part = { position: 0, name: 'homeassistant', variant };
  const identity = `${String(instanceId)} ${at}`;
  return { identity, slug: '', name: '', date: day(at), instanceId, encryptedParts: [part] };
}

const days = (count: number): BackupFacts[] => Array.from({ length: count }, (_, at) => backup(at));

it('begins with the newest and goes on at its neighbour', () => {
  const all = days(9);
  const order = new MatchOrder(all, []);
  const taken: unknown[] = [];
  for (let next = order.next(); next !== null; next = order.next()) {
    taken.push(next);
    order.settle(next, ['key']);
  }
  expect(taken).toEqual(all.toReversed());
});

it('keeps threads apart: what is next to a running one waits', () => {
  const all = days(9);
  const order = new MatchOrder(all, []);
  const [first, second, third] = [order.next(), order.next(), order.next()];
  expect([first, second, third]).toEqual([all[8], all[0], all[4]]);
  order.settle(all[4] as BackupFacts, ['key']);
  expect([order.next(), order.next()].sort()).toEqual([all[3], all[5]].sort());
});

it('begins near what is known from earlier', () => {
  const order = new MatchOrder(days(9), [{ date: day(3), instanceId: 'home', keyIds: ['key'] }]);
  expect(order.next()).toEqual(backup(3));
});

it('takes old formats first, and learns from them', () => {
  const all = [...days(9), backup(2, 'v2'), backup(5, 'v1')];
  const order = new MatchOrder(all, []);
  const cheap = [order.next(), order.next()];
  expect(cheap).toEqual([all[9], all[10]]);
  order.settle(all[9] as BackupFacts, ['key']);
  order.settle(all[10] as BackupFacts, []); // nobody opens it: that tells nothing
  expect(order.next()).toEqual(backup(2));
});

it('learns nothing from another installation', () => {
  const order = new MatchOrder(
    [backup(1), backup(9)],
    [{ date: day(1), instanceId: 'cabin', keyIds: ['key'] }],
  );
  expect(order.next()).toEqual(backup(9));
});

it('gives every backup once, also those without a date', () => {
  const all = [...days(5), { ...backup(0), date: null }, { ...backup(1), date: null, instanceId: null }];
  const order = new MatchOrder(all, []);
  const taken = all.map(() => order.next());
  expect(new Set(taken)).toEqual(new Set(all));
  expect(order.next()).toBeNull();
});
