// What the program does by itself while it stays open, on a real library: what it begins, when it rests, how it goes on, and what
// windows and people hear of it.

import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';

import { Background } from '../../core/service/background/index.ts';
import type { StrongroomEvent } from '../../shared/contract/index.ts';
import type { Job } from '../../shared/jobs.ts';
import type { WatchEvent, WatchRule } from '../../shared/library.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/settings.ts';
import { newDesk, newGate, type SampleDesk } from '../library/desk-sample.ts';
import { request } from '../support/batch-request.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { MemoryLog } from './memory-log.ts';

const RULE: WatchRule = { verify: 'full', migrate: null, scheme: null };
const MIGRATION = request();

type EventOf<K> = Extract<StrongroomEvent, { kind: K }>;

interface Running extends SampleDesk {
  readonly background: Background;
  readonly events: StrongroomEvent[];
  readonly log: MemoryLog;
  change(settings: Partial<Settings>): void;
  /** The first event of that kind that the test holds for, also one that was. */
  until<K extends StrongroomEvent['kind']>(
    kind: K,
    test?: (event: EventOf<K>) => boolean,
  ): Promise<EventOf<K>>;
}

/** Not started yet. Its folder is in the library, was scanned, and its backups have been verified unless `isNew`. */
async function newBackground(state: 'settled' | 'new', settings: Partial<Settings> = {}): Promise<Running> {
  const made = await newDesk();
  const { desk, library, vault, folder } = made;
  await desk.addFolder(folder);
  await desk.scan({});
  await desk.matchUntried();
  if (state === 'settled')
    await desk.verifyBackups({ kind: 'due' }, { signal: new AbortController().signal });
  let current: Settings = { ...DEFAULT_SETTINGS, ...settings };
  const events: StrongroomEvent[] = [];
  const waiting = new Set<(event: StrongroomEvent) => void>();
  const log = new MemoryLog();
  const background = new Background({
    engine: { library, vault },
    settings: () => current,
    emit: (event) => {
      events.push(event);
      for (const hear of [...waiting]) hear(event);
    },
    log,
    scanning: {
      scan: (folders) => desk.scan(folders === undefined ? {} : { folders }),
      match: () => desk.matchUntried(),
      matchSoon: () => undefined,
    },
  });
  onTestFinished(() => background.close());
  return {
    ...made,
    background,
    events,
    log,
    change: (changed) => {
      current = { ...current, ...changed };
      background.settingsChanged();
    },
    until: (kind, test = () => true) =>
      new Promise((resolve) => {
        const hear = (event: StrongroomEvent): void => {
          if (event.kind !== kind || !test(event as EventOf<typeof kind>)) return;
          waiting.delete(hear);
          resolve(event as EventOf<typeof kind>);
        };
        waiting.add(hear);
        for (const event of [...events]) hear(event);
      }),
  };
}

function jobIn(state: Job['state'], kind?: Job['kind']) {
  return ({ event }: EventOf<'job'>): boolean =>
    event.kind === 'job' && event.job.state === state && (kind === undefined || event.job.kind === kind);
}

function told(kind: WatchEvent['kind']) {
  return ({ event }: EventOf<'watch'>): boolean => event.kind === kind;
}

it('watches the folders that have rules, and says how each does', async () => {
  const { background, desk, folder, until, change } = await newBackground('settled', {
    notifySuccesses: true,
  });
  background.start();
  expect(background.watchState()).toMatchObject({ isOn: true, folders: [] });
  await desk.setWatch(folder, RULE);
  background.settingsChanged();
  await until('watch', told('watching'));
  expect(background.watchState().folders).toEqual([{ path: folder, state: 'watching', problem: null }]);
  copyFileSync(join(FIXTURES, 'v1-compressed.tar'), join(folder, 'new.tar'));
  await until('watch', told('verified'));
  expect(background.watchState().events.map(({ kind }) => kind)).toEqual([
    'verified',
    'taken-in',
    'arrived',
    'watching',
  ]);
  expect(await until('notice')).toMatchObject({ notice: { kind: 'success', title: '“new.tar” has come' } });
  const [identity] = await desk.identitiesAt(join(folder, 'new.tar'));
  await until('library', ({ identities }) => identities?.includes(identity ?? '') === true);

  change({ background: false });
  await until('watch', told('stopped'));
  expect(background.watchState()).toMatchObject({ isOn: false, folders: [] });
});

it('does not watch while a person has paused it, and carries out the rules for what came meanwhile', async () => {
  const { background, desk, folder, until } = await newBackground('settled');
  await desk.setWatch(folder, RULE);
  background.start();
  await until('watch', told('watching'));
  background.pause('person');
  await until('watch', told('stopped'));
  expect(background.watchState()).toMatchObject({ isOn: false, pausedBecause: 'person', folders: [] });
  copyFileSync(join(FIXTURES, 'v1-compressed.tar'), join(folder, 'new.tar'));
  await desk.scan({});
  background.resume();
  await until('watch', told('verified'));
  expect(background.watchState()).toMatchObject({ isOn: true, pausedBecause: null });
});

it('begins at the start what is due, after everything was scanned and matched', async () => {
  const { background, desk, folder, until } = await newBackground('new');
  copyFileSync(join(FIXTURES, 'v1-compressed.tar'), join(folder, 'new.tar'));
  background.start();
  const { event } = await until('job', jobIn('done', 'verify'));
  expect(event).toMatchObject({ job: { counts: { total: 3, done: 3 } } });
  const backups = await desk.listBackups();
  expect(backups.map(({ lastVerification }) => lastVerification?.status)).toEqual(['good', 'good', 'good']);
});

it('begins nothing by itself before that is wanted', async () => {
  const { background, until, desk, change } = await newBackground('new', { background: false });
  background.start();
  await background.recovered;
  expect(await desk.jobs()).toEqual([]);
  change({ background: true });
  await until('job', jobIn('done', 'verify'));
});

it('leaves encrypted backups for later while the vault is locked', async () => {
  const { background, vault, desk, until } = await newBackground('new');
  vault.lock();
  background.start();
  const { event } = await until('job', jobIn('done', 'verify'));
  expect(event).toMatchObject({ job: { counts: { total: 1, done: 1 } } });
  const [job] = await desk.jobs();
  expect((await desk.job(job?.id ?? 0)).items).toMatchObject([
    { path: expect.stringContaining('plain.tar') },
  ]);
});

it('does not begin again what a person has cancelled or paused', async () => {
  const { background, desk, engine, events, until } = await newBackground('new');
  const gate = newGate();
  engine.beforeVerifying = gate.pass;
  background.start();
  await gate.arrived;
  const [job] = await desk.jobs();
  const cancelled = desk.cancelJob(job?.id ?? 0);
  gate.open();
  await cancelled;
  await until('job', jobIn('cancelled'));
  background.pause('battery');
  background.resume();
  background.settingsChanged();
  events.length = 0;
  background.noteLibraryChange(null);
  await until('library');
  expect(await desk.jobs()).toMatchObject([{ state: 'cancelled' }]);
});

it('lets its own job rest on battery and goes on with it', async () => {
  const { background, desk, engine, folder, until } = await newBackground('new');
  for (const name of ['v1-compressed.tar', 'v2-uncompressed.tar'])
    copyFileSync(join(FIXTURES, name), join(folder, name));
  const gate = newGate();
  engine.beforeVerifying = gate.pass;
  background.start();
  await gate.arrived;
  background.pause('battery');
  gate.open();
  await until('job', jobIn('paused', 'verify'));
  background.resume();
  await until('job', jobIn('done', 'verify'));
  expect(await desk.jobs()).toMatchObject([{ state: 'done', counts: { done: 4 } }]);
});

it('lets jobs of a person rest before sleep, and goes on with them after it', async () => {
  const { background, desk, engine, until, folder } = await newBackground('settled');
  for (const name of ['b.tar', 'c.tar', 'd.tar'])
    copyFileSync(join(FIXTURES, 'v2-uncompressed.tar'), join(folder, name));
  await desk.scan({});
  background.start();
  const gate = newGate();
  engine.beforeRecoding = gate.pass;
  const { job } = await desk.startBatch(await desk.planBatch(MIGRATION, {}));
  await gate.arrived;
  expect(background.workInHand()).toEqual({ jobCount: 1, progress: 0 });
  background.pause('suspend');
  gate.open();
  await until('job', jobIn('paused', 'migrate'));
  expect(background.workInHand()).toEqual({ jobCount: 0, progress: null });
  background.resume();
  await until('job', jobIn('done', 'migrate'));
  expect(await desk.job(job.id)).toMatchObject({ counts: { done: 5, failed: 0 } });
});

it.each(['finish', 'pause'] as const)('ends its work: %s', async (how) => {
  const { background, desk, engine, folder } = await newBackground('settled');
  for (const name of ['b.tar', 'c.tar', 'd.tar'])
    copyFileSync(join(FIXTURES, 'v2-uncompressed.tar'), join(folder, name));
  await desk.scan({});
  background.start();
  const gate = newGate();
  engine.beforeRecoding = gate.pass;
  const { job } = await desk.startBatch(await desk.planBatch(MIGRATION, {}));
  await gate.arrived;
  const ended = background.endWork(how);
  gate.open();
  await ended;
  expect(background.workInHand().jobCount).toBe(0);
  const { state, counts } = await desk.job(job.id);
  if (how === 'finish') expect([state, counts.done]).toEqual(['done', 5]);
  else expect([state, counts.done + counts.left, counts.left > 0]).toEqual(['paused', 5, true]);
});

it('comes to its end also where a window begins something new meanwhile, which rests', async () => {
  const { background, desk, engine, folder } = await newBackground('settled');
  copyFileSync(join(FIXTURES, 'v2-uncompressed.tar'), join(folder, 'b.tar'));
  await desk.scan({});
  background.start();
  await background.recovered;
  const gate = newGate();
  engine.beforeRecoding = gate.pass;
  await desk.startBatch(await desk.planBatch(MIGRATION, {}));
  await gate.arrived;
  const ended = background.endWork('pause');
  const late = await desk.startVerification({ kind: 'filter', filter: {}, copies: 'one' }, { level: 'full' });
  gate.open();
  await ended;
  const { state, counts } = await desk.job(late.job.id);
  expect([state, counts.left]).toEqual(['paused', counts.total]);
});

it('tells of what failed, and of what went well only where that is wanted', async () => {
  const { background, desk, folder, until, events, change } = await newBackground('settled', {
    background: false,
  });
  background.start();
  copyFileSync(join(FIXTURES, 'bad/v2-bit-flip.tar'), join(folder, 'bad.tar'));
  await desk.scan({});
  const all = { kind: 'filter', filter: {}, copies: 'one' } as const;
  const { job, ended } = await desk.startVerification(all, { level: 'full' });
  await ended;
  const { notice } = await until('notice');
  expect(notice).toMatchObject({ kind: 'failure', route: `#/activity/${job.id}` });
  expect(notice.title).toContain('1 not good');
  expect(notice.body).toContain('“bad.tar”');

  rmSync(join(folder, 'bad.tar'));
  await desk.scan({});
  events.length = 0;
  await (
    await desk.startVerification(all, { level: 'quick' })
  ).ended;
  change({ notifySuccesses: true });
  const wanted = await desk.startVerification(all, { level: 'quick' });
  await wanted.ended;
  const given = await until('notice');
  expect(given.notice).toMatchObject({ kind: 'success', route: `#/activity/${wanted.job.id}` });
  expect(events.filter(({ kind }) => kind === 'notice')).toHaveLength(1);
});

it('tells windows when another program has changed something', async () => {
  const { background, catalogPath, until } = await newBackground('settled', { background: false });
  background.start();
  await background.recovered;
  const other = new DatabaseSync(catalogPath);
  other.exec(`INSERT INTO settings (name, value) VALUES ('of another program', '1')`);
  other.close();
  expect(await until('library')).toEqual({ kind: 'library', identities: null });
});

it('does nothing with a damaged catalogue, and begins once there is a new one', async () => {
  const { background, library, desk, catalogPath, until } = await newBackground('new');
  await library.close();
  const damaging = new DatabaseSync(catalogPath);
  damaging.exec('PRAGMA foreign_keys = OFF; DROP TABLE verifications');
  damaging.close();
  background.start();
  await background.recovered;
  expect(desk.catalogProblem()).toMatchObject({ code: 'DAMAGED_CATALOG' });
  await desk.rebuildCatalog();
  background.noteLibraryChange(null);
  await until('job', jobIn('done', 'verify'));
});
