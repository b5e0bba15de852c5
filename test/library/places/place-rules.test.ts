// The goal of two places, one of them elsewhere, and what is short of it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { judgePlaces } from '../../../shared/place-rules.ts';
import { PLACE_KINDS, type PlaceKind } from '../../../shared/places.ts';

type Place = { readonly id: string; readonly kind: PlaceKind };

const at = (...kinds: PlaceKind[]): Place[] =>
  kinds.map((kind, index) => ({ id: kind === 'this-disk' ? kind : `${kind} ${index}`, kind }));

describe('the places of a backup', () => {
  it.each([
    [[], [], false],
    [['this-disk'], ['one-place', 'this-disk-only'], false],
    [['this-disk', 'this-disk'], ['one-place', 'this-disk-only'], false],
    [['other-drive'], ['one-place'], false],
    [['network'], ['one-place'], false],
    [['cloud'], ['one-place', 'cloud-only'], false],
    [['this-disk', 'other-drive'], [], true],
    [['this-disk', 'network'], [], true],
    [['this-disk', 'cloud'], [], true],
    [['cloud', 'cloud'], ['cloud-only'], true],
    [['other-drive', 'other-drive'], [], true],
  ] as const)('%j: %j, goal met: %s', (kinds, findings, meetsGoal) => {
    expect(judgePlaces(at(...kinds))).toEqual({ findings, meetsGoal });
  });

  const place = fc.constantFrom(...PLACE_KINDS).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      id: kind === 'this-disk' ? fc.constant('this-disk') : fc.nat(3).map((number) => `${kind} ${number}`),
    }),
  );
  const places = fc.array(place, { maxLength: 8 });

  it('are judged the same in whatever order, and however often each is named', () => {
    fc.assert(
      fc.property(places, fc.infiniteStream(fc.nat()), (given, order) => {
        const shuffled = [...given, ...given]
          .map((one) => ({ one, at: order.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(judgePlaces(shuffled)).toEqual(judgePlaces(given));
      }),
    );
  });

  it('never get worse by one more: a goal that is met stays met, and no finding comes but for the first place', () => {
    fc.assert(
      fc.property(places, place, (given, more) => {
        const [before, after] = [judgePlaces(given), judgePlaces([...given, more])];
        if (before.meetsGoal) expect(after.meetsGoal).toBe(true);
        if (given.length > 0) expect(before.findings).toEqual(expect.arrayContaining([...after.findings]));
      }),
    );
  });

  it('meet no goal in one place, nor on this disk alone', () => {
    fc.assert(
      fc.property(places, (given) => {
        const { findings, meetsGoal } = judgePlaces(given);
        if (findings.includes('one-place') || findings.includes('this-disk-only'))
          expect(meetsGoal).toBe(false);
        else expect(meetsGoal).toBe(given.length > 0);
      }),
    );
  });
});
