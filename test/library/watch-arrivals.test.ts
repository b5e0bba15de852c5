// A rule of a watched folder is carried out to its end, whatever comes in between: a scan by hand, an end of the program, a change of
// the rules. What was begun is gone on with, and what a person cancelled is not begun again.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import type { LibraryDesk } from '../../core/library/index.ts';
import type { WatchEvent, WatchRule } from '../../shared/library.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { newDesk, newGate, type SampleDesk } from './desk-sample.ts';

const RULE: WatchRule = { verify: 'full', migrate: { originals: 'keep' }, scheme: null };

/** In a folder that was scanned and has a rule, and in which a new backup has landed. */
async function withArrival(rule = RULE): Promise<SampleDesk & { readonly arrival: string }> {
  const made = await newDesk();
  await made.desk.addFolder(made.folder);
  await made.desk.scan({});
  await made.desk.setWatch(made.folder, rule);
  const arrival = join(made.folder, 'new.tar');
  copyFileSync(join(FIXTURES, 'v2-uncompressed.tar'), arrival);
  return { ...made, arrival };
}

interface Watching {
  readonly events: WatchEvent[];
  readonly finish: () => void;
  readonly ended: Promise<void>;
  until(kind: WatchEvent['kind']): Promise<void>;
}

function watch(desk: LibraryDesk): Watching {
  const events: WatchEvent[] = [];
  const finishing = new AbortController();
  const waiting = new Map<WatchEvent['kind'], () => void>();
  const ended = desk.watch({
    signal: new AbortController().signal,
    finishing: finishing.signal,
    onEvent: (event) => {
      events.push(event);
      waiting.get(event.kind)?.();
    },
  });
  return {
    events,
    ended,
    finish: () => finishing.abort(),
    until: (kind) =>
      new Promise((resolve) => {
        if (events.some((event) => event.kind === kind)) resolve();
        else waiting.set(kind, resolve);
      }),
  };
}

function toldOf({ events }: Watching, path: string): string[] {
  return events.filter((event) => event.path === path).map(({ kind }) => kind);
}

it('is carried out with what a scan by hand has found before', async () => {
  const { desk, arrival } = await withArrival();
  expect(await desk.scan({})).toMatchObject({ added: [arrival] });
  const watching = watch(desk);
  await watching.until('migrated');
  watching.finish();
  await watching.ended;
  expect(toldOf(watching, arrival)).toEqual(['arrived', 'taken-in', 'verified', 'migrated']);
});

it('leaves alone what was in the folder before it had a rule, or before its first scan', async () => {
  const { desk, folder } = await newDesk();
  await desk.addFolder(folder);
  await desk.setWatch(folder, RULE);
  await desk.scan({});
  const watching = watch(desk);
  await watching.until('watching');
  watching.finish();
  await watching.ended;
  expect(watching.events.filter(({ path }) => path !== null)).toEqual([]);
});

it('goes on with the job that an end of the program interrupted, and then with the rest of the rule', async () => {
  const made = await withArrival();
  const gate = newGate();
  made.engine.beforeVerifying = gate.pass;
  const watching = watch(made.desk);
  await gate.arrived;
  const closing = made.library.close();
  gate.open();
  await closing;
  await watching.ended;
  expect(toldOf(watching, made.arrival)).toEqual(['arrived', 'taken-in']);

  made.engine.beforeVerifying = () => undefined;
  const { desk } = made.reopen();
  await desk.recover();
  const [interrupted] = await desk.jobs();
  expect(interrupted).toMatchObject({ kind: 'verify', state: 'interrupted' });
  const again = watch(desk);
  await again.until('migrated');
  again.finish();
  await again.ended;
  expect((await desk.jobs()).map(({ kind, state }) => [kind, state])).toEqual([
    ['migrate', 'done'],
    ['verify', 'done'],
  ]);
});

it('finishes the step that is in work when the watching is to end, and does the next one another time', async () => {
  const { desk, engine, arrival } = await withArrival();
  const gate = newGate();
  engine.beforeVerifying = gate.pass;
  const watching = watch(desk);
  await gate.arrived;
  watching.finish();
  gate.open();
  await watching.ended;
  expect(toldOf(watching, arrival)).toEqual(['arrived', 'taken-in', 'verified']);
  engine.beforeVerifying = () => undefined;
  const again = watch(desk);
  await again.until('migrated');
  again.finish();
  await again.ended;
});

it('is not begun again where a person has cancelled its job', async () => {
  const { desk, engine, arrival } = await withArrival();
  const gate = newGate();
  engine.beforeVerifying = gate.pass;
  const watching = watch(desk);
  await gate.arrived;
  const [job] = await desk.jobs();
  await desk.cancelJob(job?.id ?? 0);
  gate.open();
  await watching.until('failed');
  watching.finish();
  await watching.ended;
  expect(watching.events.find(({ kind }) => kind === 'failed')).toMatchObject({
    error: { code: 'CANCELLED' },
  });
  engine.forget();
  const again = watch(desk);
  await again.until('watching');
  again.finish();
  await again.ended;
  expect(toldOf(again, arrival)).toEqual([]);
  expect(engine.verified).toEqual([]);
});
