// What the Scheme tab works out by itself: a policy as it is written, decisions in words, the timeline, and two policies compared.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { setFormats } from '../../renderer/app/formats.ts';
import { differencesOf } from '../../renderer/screens/rotation/compare.ts';
import { decisionsShown, spanOf } from '../../renderer/screens/rotation/decisions.ts';
import { periodRange } from '../../renderer/screens/rotation/period-range.ts';
import { choiceOf, draftOf, readDraft } from '../../renderer/screens/rotation/policy-draft.ts';
import {
  decisionInShort,
  periodInWords,
  policyInWords,
  reasonSentences,
} from '../../renderer/screens/rotation/policy-words.ts';
import { daysLeft, runsOf } from '../../renderer/screens/rotation/removed-runs.ts';
import { axisOf, placeOf, startOfDay, ticksOf } from '../../renderer/screens/rotation/time-axis.ts';
import { layOutTimeline, markNear, moveAlong } from '../../renderer/screens/rotation/timeline.ts';
import { waitingIn } from '../../renderer/screens/rotation/waiting.ts';
import {
  parsePolicy,
  PersonsCalendar,
  planFolder,
  PRESETS,
  type PlannedFolder,
} from '../../shared/retention/index.ts';
import type { LibraryBackup, LibraryFolder, WatchEvent } from '../../shared/library.ts';
import type { RemovedFile } from '../../shared/scheme.ts';
import { madeBackup, madeCopy } from './made-backups.ts';

setFormats('en-US', 'Europe/Berlin');

const DAY_MS = 86_400_000;
const NOW = new Date('2025-06-30T12:00:00Z');
const ZONE = 'Europe/Berlin';
const FOLDER = { id: 1, path: '/backups' };

/** One a day, the newest a day ago; “Backup 1” is the newest. */
function daily(
  count: number,
  change: (number: number) => Partial<LibraryBackup> = () => ({}),
): LibraryBackup[] {
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    return madeBackup({
      identity: `id-${String(number).padStart(5, '0')}`,
      name: `Backup ${number}`,
      date: new Date(NOW.getTime() - number * DAY_MS).toISOString(),
      copies: [madeCopy(`/backups/${number}.tar`)],
      ...change(number),
    });
  });
}

const planned = (policy: string, backups: readonly LibraryBackup[]): PlannedFolder =>
  planFolder(FOLDER, backups, parsePolicy(policy), { now: NOW, timeZone: ZONE });

const timeline = (policy: string, backups: readonly LibraryBackup[], widthPixels = 700) =>
  layOutTimeline(planned(policy, backups).items, {
    policy: parsePolicy(policy),
    now: NOW,
    timeZone: ZONE,
    widthPixels,
  });

describe('a policy that is written', () => {
  it('comes back as it was, whatever its rules', () => {
    for (const text of ['', 'daily=7,weekly=all', 'last=3,within=14d', 'within=2y', 'hourly=5,within=6m'])
      expect(readDraft(draftOf(parsePolicy(text))), text).toEqual({ policy: parsePolicy(text), wrong: [] });
    const mixed = parsePolicy('daily=1,within=1y6m');
    expect(readDraft(draftOf(mixed)).policy).toEqual(mixed);
  });

  it('names the fields that cannot be read, and reads the others', () => {
    const draft = { ...draftOf(parsePolicy('daily=7')), within: 'soon' };
    const { policy, wrong } = readDraft({ ...draft, counts: { ...draft.counts, weekly: '-4' } });
    expect(wrong).toEqual(['weekly', 'within']);
    expect(policy).toEqual({ daily: 7 });
  });

  it('is known for a preset when it is one', () => {
    expect(choiceOf(PRESETS.long)).toBe('long');
    expect(choiceOf({ ...PRESETS.long, daily: 13 })).toBe('own');
    expect(choiceOf({})).toBe('own');
  });
});

describe('in words', () => {
  it('says what a policy keeps', () => {
    expect(policyInWords(parsePolicy('daily=7,weekly=4'))).toBe('7 daily and 4 weekly');
    expect(policyInWords(parsePolicy('last=1,yearly=all,within=1y6m'))).toBe(
      'the last one, one of every year, and everything of the last 1 year and 6 months',
    );
    expect(policyInWords({})).toMatch(/everything/);
  });

  it('names natural periods as the person’s calendar does', () => {
    expect(periodInWords('daily', '2025-02-13')).toBe('Feb 13, 2025');
    expect(periodInWords('hourly', '2025-02-13T04')).toBe('Feb 13, 2025, 4:00');
    expect(periodInWords('weekly', '2025-W07')).toBe('week 7 of 2025');
    expect(periodInWords('monthly', '2025-02')).toBe('February 2025');
    expect(periodInWords('yearly', '2025')).toBe('2025');
  });

  it('gives every reason of every decision, and names the backup that stays instead', () => {
    const { items } = planned('daily=2,weekly=1', daily(9));
    const [newest, , third] = items;
    expect(newest && decisionInShort(newest.decision)).toBe('stays: the newest, daily 1 of 2, weekly 1 of 1');
    expect(third && decisionInShort(third.decision)).toMatch(/^goes: daily: all places taken, weekly: /);
    const nameOf = (identity: string): string => items.find((one) => one.identity === identity)?.name ?? '?';
    for (const { decision } of items) {
      const sentences = reasonSentences(decision, nameOf);
      expect(sentences).toHaveLength(decision.reasons.length);
      expect(sentences.join(' ')).not.toMatch(/\{|\?|undefined/);
    }
    const covered = planned('weekly=4', daily(9)).items[2];
    expect(covered && reasonSentences(covered.decision, nameOf).join(' ')).toBe(
      'For week 26 of 2025 the weekly rule keeps “Backup 1”, which is newer.',
    );
  });
});

describe('the axis of time', () => {
  it('keeps the order of moments, within its width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4000 * DAY_MS }), { minLength: 1 }),
        fc.integer({ min: 200, max: 2000 }),
        (ages, width) => {
          const dates = ages.map((age) => NOW.getTime() - age).sort((a, b) => a - b);
          const axis = axisOf(dates, NOW.getTime(), width);
          const places = dates.map((date) => placeOf(axis, date));
          expect(places).toEqual([...places].sort((a, b) => a - b));
          expect(places.every((x) => x >= 0 && x <= width)).toBe(true);
        },
      ),
    );
  });

  it('has ticks where months begin on the person’s clock, years first, and none upon another', () => {
    const calendar = new PersonsCalendar('America/New_York');
    const axis = axisOf([NOW.getTime() - 900 * DAY_MS, NOW.getTime()], NOW.getTime(), 800);
    const ticks = ticksOf(axis, calendar);
    expect(ticks.filter(({ kind }) => kind === 'year').map(({ year }) => year)).toEqual([2023, 2024, 2025]);
    for (const [index, tick] of ticks.entries()) {
      const before = ticks[index - 1];
      if (before !== undefined) expect(tick.x - before.x).toBeGreaterThanOrEqual(34);
      const began = new Date(startOfDay(calendar, tick.year, tick.month, 1));
      expect(calendar.wallTime(began)).toMatchObject({ month: tick.month, day: 1, hour: 0, minute: 0 });
    }
  });

  it('knows how long a period lasts, also over a change of the clock', () => {
    const calendar = new PersonsCalendar(ZONE);
    const hours = (rule: 'daily' | 'weekly' | 'monthly' | 'yearly', period: string): number => {
      const { startMs, endMs } = periodRange(rule, period, calendar);
      return (endMs - startMs) / 3_600_000;
    };
    expect(hours('daily', '2025-03-30')).toBe(23);
    expect(hours('daily', '2025-10-26')).toBe(25);
    expect(hours('weekly', '2025-W07')).toBe(7 * 24);
    expect(hours('monthly', '2024-02')).toBe(29 * 24);
    expect(hours('yearly', '2024')).toBe(366 * 24);
  });

  it('finds in each period the moments that it names', () => {
    const calendar = new PersonsCalendar(ZONE);
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2030, 0, 1) }),
        fc.constantFrom('hourly', 'daily', 'weekly', 'monthly', 'yearly'),
        (ms, rule) => {
          const name = calendar.nameOf(rule, calendar.wallTime(new Date(ms)));
          const { startMs, endMs } = periodRange(rule, name, calendar);
          const slack = rule === 'hourly' ? 3_600_000 : 0; // two hours of one name, when the clock goes back
          expect(ms).toBeGreaterThanOrEqual(startMs - slack);
          expect(ms).toBeLessThan(endMs + slack);
        },
      ),
    );
  });
});

describe('the timeline', () => {
  it('has a mark for each dated backup, from the oldest to the newest, and counts those without a date', () => {
    const { marks, undatedCount } = timeline(
      'daily=7',
      daily(20, (number) => (number === 5 ? { date: null } : {})),
    );
    expect(marks).toHaveLength(19);
    expect(undatedCount).toBe(1);
    expect(marks[0]?.item.name).toBe('Backup 20');
    expect(marks.at(-1)?.item.name).toBe('Backup 1');
  });

  it('counts every backup in one column, also a thousand of them', () => {
    const { columns, marks, mostInColumn } = timeline('daily=7,monthly=12', daily(1000));
    const sum = columns.reduce((total, { keptCount, removedCount }) => total + keptCount + removedCount, 0);
    expect(sum).toBe(marks.length);
    expect(columns.length).toBeLessThan(90);
    expect(mostInColumn).toBeGreaterThan(6);
  });

  it('has a lane for each rule, with what fills its slots and the period of each', () => {
    const { lanes } = timeline('last=2,weekly=3,within=3d', daily(40));
    expect(lanes.map(({ rule, slots, of }) => [rule, slots.length, of])).toEqual([
      ['last', 2, 2],
      ['weekly', 3, 3],
      ['within', 3, null],
    ]);
    for (const { x, from, to } of lanes[1]?.slots ?? []) {
      expect(from).toBeLessThanOrEqual(x);
      expect(to).toBeGreaterThanOrEqual(x);
      expect(to).toBeGreaterThan(from);
    }
  });

  it('marks what stands out', () => {
    const { badges } = timeline(
      'last=1',
      daily(6, (number) => ({
        isPinned: number === 6,
        lastVerification:
          number === 2 || number === 3
            ? { level: 'full', at: '', status: number === 3 ? 'good' : 'damaged', message: null }
            : null,
        copies: [
          madeCopy(`/backups/${number}.tar`, {
            verified: number === 2 ? 'damaged' : number === 3 ? 'good' : null,
          }),
        ],
      })),
    );
    expect(badges.map(({ kind }) => kind)).toEqual(['pinned', 'last-verified', 'failed', 'newest']);
  });

  it('counts the slots of each Home Assistant by itself, and puts no badge upon another', () => {
    const { lanes, badges, instanceCount } = timeline(
      'last=2',
      daily(8, (number) => ({ instanceId: number % 2 === 0 ? 'home' : 'cabin', isPinned: true })),
      60,
    );
    expect(instanceCount).toBe(2);
    expect(lanes[0]).toMatchObject({ of: 2, slots: { length: 4 } });
    for (const [index, badge] of badges.entries())
      if (index > 0) expect(badge.x - (badges[index - 1]?.x ?? 0)).toBeGreaterThanOrEqual(11);
  });

  it('is walked by keys, one by one, to its ends, and by the month', () => {
    const { marks } = timeline('daily=7', daily(100));
    expect(moveAlong(marks, 99, 'ArrowRight')).toBe(99);
    expect(moveAlong(marks, 99, 'ArrowLeft')).toBe(98);
    expect(moveAlong(marks, 50, 'Home')).toBe(0);
    expect(moveAlong(marks, 50, 'End')).toBe(99);
    expect(moveAlong(marks, 50, 'PageUp')).toBe(20);
    expect(moveAlong(marks, 50, 'PageDown')).toBe(80);
    expect(moveAlong(marks, 5, 'PageUp')).toBe(0);
    expect(moveAlong(marks, 50, 'Tab')).toBeNull();
    expect(moveAlong([], 0, 'Home')).toBeNull();
  });

  it('knows what is under a pointer', () => {
    const { marks } = timeline('daily=7', daily(100));
    const some = marks[70];
    expect(some && markNear(marks, some.x + 0.01)?.item.name).toBe(some?.item.name);
    expect(markNear([], 10)).toBeNull();
  });
});

describe('two policies', () => {
  it('differ in what only one of them keeps', () => {
    const backups = daily(30);
    const { onlyFirst, onlySecond, all } = differencesOf(
      planned('last=5', backups),
      planned('weekly=3', backups),
    );
    // The newest is a Sunday, so that the others of the last five are of the same week.
    expect(onlyFirst.map(({ name }) => name)).toEqual(['Backup 2', 'Backup 3', 'Backup 4', 'Backup 5']);
    expect(onlySecond.every(({ identity }) => all.has(identity))).toBe(true);
    const same = differencesOf(planned('last=5', backups), planned('last=5', backups));
    expect(same.all.size).toBe(0);
  });
});

describe('lists', () => {
  it('show what stays, what goes and what is pinned, by name or file', () => {
    const { items } = planned(
      'last=3',
      daily(10, (number) => ({ isPinned: number === 7 })),
    );
    expect(decisionsShown(items, 'stays', '')).toHaveLength(4);
    expect(decisionsShown(items, 'goes', '')).toHaveLength(6);
    expect(decisionsShown(items, 'pinned', '').map(({ name }) => name)).toEqual(['Backup 7']);
    expect(decisionsShown(items, 'all', '/backups/4.TAR').map(({ name }) => name)).toEqual(['Backup 4']);
    expect(spanOf(items)).toEqual({ oldest: items.at(-1)?.date, newest: items[0]?.date });
    expect(spanOf([])).toBeNull();
  });

  it('gather what was removed by its run, the last one first, and count the days that are left', () => {
    const file = (runId: string, removedAt: string): RemovedFile => ({
      ...{ path: `/b/${removedAt}`, keptAt: `/q/${removedAt}`, sizeBytes: 10, runId, removedAt },
      deletedAfter: '2025-07-30T00:00:00.000Z',
    });
    const runs = runsOf([
      file('a', '2025-06-01T00:00:00.000Z'),
      file('b', '2025-06-03T00:00:00.000Z'),
      file('a', '2025-06-02T00:00:00.000Z'),
    ]);
    expect(runs.map(({ runId, files, bytes }) => [runId, files.length, bytes])).toEqual([
      ['b', 1, 10],
      ['a', 2, 20],
    ]);
    expect(daysLeft('2025-07-30T00:00:00.000Z', NOW.getTime())).toBe(29);
    expect(daysLeft('2025-06-01T00:00:00.000Z', NOW.getTime())).toBe(0);
  });

  it('name the folders whose scheme waits for a person, until it was carried out', () => {
    const rule = { policy: 'daily=7', to: 'quarantine', undoDays: 30 } as const;
    const folder = { path: '/b', watch: { verify: 'full', migrate: null, scheme: rule } } as LibraryFolder;
    const event = (kind: WatchEvent['kind']): WatchEvent => ({
      ...{ at: NOW.toISOString(), kind, folder: '/b', path: null, message: `It ${kind}.`, error: null },
    });
    const waiting = (folders: readonly LibraryFolder[], kinds: readonly WatchEvent['kind'][], going = 3) =>
      waitingIn(folders, kinds.map(event), () => ({ removedCount: going, items: [] }));
    expect(waiting([folder], ['arrived', 'waits'])).toEqual([
      { folder, scheme: rule, goingCount: 3, allCount: 0, error: null },
    ]);
    expect(waiting([folder], ['waits'], 0)).toEqual([]);
    expect(waiting([folder], ['thinned', 'waits'])).toEqual([]);
    expect(waiting([{ ...folder, watch: null }], ['waits'])).toEqual([]);
  });
});
