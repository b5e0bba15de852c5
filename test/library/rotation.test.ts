// Rotations of keys on a real vault: nothing begins before the new key is safe, every file is under exactly one key and the library knows
// which, copies stay copies, what is away waits for its day, and the old key stays as long as anything needs it.

import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { StrongroomError } from '../../shared/errors.ts';
import type { KeyInfo } from '../../shared/keys.ts';
import type { RotationRequest, RotationStatus } from '../../shared/rotation.ts';
import { newDesk, newGate, type SampleDesk } from './desk-sample.ts';
import { backupFolder, day, tinyBackup } from './library-samples.ts';

interface Sample extends SampleDesk {
  readonly oldKey: KeyInfo;
  readonly newKey: KeyInfo;
  /** A second folder of the library. */
  readonly drive: string;
  request(parts?: Partial<RotationRequest>): RotationRequest;
}

/** Two folders with a copy each of one backup, one more in the first, and one that no key of the rotation opens. */
async function sample(): Promise<Sample> {
  const made = await newDesk();
  const { desk, library, vault } = made;
  const folder = await backupFolder();
  const [here, drive] = [join(folder, 'here'), join(folder, 'drive')];
  mkdirSync(here);
  mkdirSync(drive);
  await library.addTypedKey({ typed: Buffer.from('apple'), label: 'Old' });
  await library.addTypedKey({ typed: Buffer.from('cherry'), label: 'Other' });
  await tinyBackup(join(here, 'a.tar'), { password: 'apple', name: 'A', date: day(1) });
  copyFileSync(join(here, 'a.tar'), join(drive, 'a.tar'));
  await tinyBackup(join(here, 'b.tar'), { password: 'apple', format: 'v2', name: 'B', date: day(2) });
  await tinyBackup(join(here, 'c.tar'), { password: 'cherry', name: 'C', date: day(3) });
  for (const path of [here, drive]) await desk.addFolder(path);
  await desk.scan({});
  const { key: newKey } = await library.generateKey({ label: 'New' });
  const oldKey = await vault.find('Old');
  const request = (parts: Partial<RotationRequest> = {}): RotationRequest => ({
    ...{ oldKeyIds: [oldKey.id], newKeyId: newKey.id, filter: {}, originals: 'keep', quarantineDays: 30 },
    ...parts,
  });
  return { ...made, folder: here, drive, oldKey, newKey, request };
}

async function saved(made: Sample): Promise<Sample> {
  await made.library.exportKit(made.newKey.id, { path: join(made.folder, 'kit.txt') });
  return made;
}

/** From the plan to the end of its run. */
async function rotated(made: Sample, parts: Partial<RotationRequest> = {}): Promise<RotationStatus> {
  const { rotations } = made.desk;
  const { rotation, run } = await rotations.start(await rotations.plan(made.request(parts)));
  await run?.ended;
  return rotations.status(rotation.id);
}

/** By file: the labels of the keys that are known to open it. */
async function opened({ desk, vault }: Sample): Promise<Record<string, string>> {
  const labels = new Map((await vault.list()).map(({ id, label }) => [id, label]));
  await desk.matchUntried();
  const backups = await desk.listBackups();
  return Object.fromEntries(
    backups
      .flatMap(({ copies, keyIds }) =>
        copies.map(
          ({ path }) =>
            [path.split('/').slice(-2).join('/'), keyIds.map((id) => labels.get(id)).join()] as const,
        ),
      )
      .filter(([name]) => name.endsWith('.tar'))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const ALL_OLD = { 'drive/a.tar': 'Old', 'here/a.tar': 'Old', 'here/b.tar': 'Old', 'here/c.tar': 'Other' };
const ALL_NEW = { 'drive/a.tar': 'New', 'here/a.tar': 'New', 'here/b.tar': 'New', 'here/c.tar': 'Other' };

it('plans what the old key opens, also what nobody had tried yet, and nothing else', async () => {
  const made = await sample();
  const plan = await made.desk.rotations.plan(made.request());
  expect(plan.batch.items.map(({ path, state }) => [path.split('/').slice(-2).join('/'), state])).toEqual([
    ['here/b.tar', 'do'],
    ['drive/a.tar', 'do'],
    ['here/a.tar', 'do'],
  ]);
  expect(plan).toMatchObject({ away: [], retires: [made.oldKey.id] });
  expect(await opened(made)).toEqual(ALL_OLD);
});

it('begins nothing before a copy of the new key is outside of the vault', async () => {
  const made = await sample();
  const { rotations } = made.desk;
  const plan = await rotations.plan(made.request());
  expect(plan.unsaved).toMatchObject({
    code: 'USAGE',
    message: 'Your key “New” is nowhere but in this vault.',
  });
  await expect(rotations.start(plan)).rejects.toMatchObject({ code: 'USAGE', details: { unsavedKey: true } });
  expect(await rotations.list()).toEqual([]);
  expect(await made.desk.jobs()).toEqual([]);
  await made.library.drillKey(made.newKey.id, [await made.library.revealKey(made.newKey.id)]);
  expect((await rotations.plan(made.request())).unsaved).toBeNull();
});

it('gives every file the new key, keeps copies together, and retires the old key', async () => {
  const made = await saved(await sample());
  const status = await rotated(made);
  expect(status).toMatchObject({ state: 'done', doneCount: 3, apart: [] });
  expect(status.left.map(({ why, path }) => [why, path.split('/').slice(-2).join('/')]).sort()).toEqual([
    ['kept', 'drive/a.tar.orig'],
    ['kept', 'here/a.tar.orig'],
    ['kept', 'here/b.tar.orig'],
  ]);
  expect(await opened(made)).toEqual(ALL_NEW);
  expect(readFileSync(join(made.folder, 'a.tar'))).toEqual(readFileSync(join(made.drive, 'a.tar')));
  const [a] = await made.desk.listBackups({ text: 'a.tar' });
  expect(a?.copies).toHaveLength(2);
  expect((await made.vault.find('Old')).state).toBe('retired');
  // The originals that were kept still need it.
  await expect(made.library.removeKey(made.oldKey.id)).rejects.toMatchObject({ code: 'KEY_IN_USE' });
  expect(status.endedAt).not.toBeNull();
  await expect(made.desk.rotations.resume(status.id)).rejects.toMatchObject({
    message: 'Rotation 1 is finished: nothing that it was about is left under an old key.',
  });
  await expect(made.desk.rotations.end(status.id)).rejects.toMatchObject({ code: 'USAGE' });
});

it('keeps copies together also where two are worked on at the same time', async () => {
  const made = await saved(await sample());
  const third = join(made.drive, 'again.tar');
  copyFileSync(join(made.folder, 'a.tar'), third);
  await made.desk.scan({});
  const { apart } = await rotated(made, { originals: 'quarantine' });
  expect(apart).toEqual([]);
  const [a] = await made.desk.listBackups({ text: 'again.tar' });
  expect(a?.copies).toHaveLength(3);
});

it('tells of copies that could not be kept together', async () => {
  const made = await saved(await sample());
  const { rotations } = made.desk;
  const plan = await rotations.plan(made.request());
  const alone = {
    ...plan,
    batch: { ...plan.batch, items: plan.batch.items.filter(({ path }) => path.startsWith(made.folder)) },
  };
  const { rotation, run } = await rotations.start(alone);
  await run?.ended;
  // Somebody else puts another thing into the place of the new file before the other copy gets its turn.
  const bytes = readFileSync(join(made.folder, 'a.tar'));
  bytes.writeUInt8(bytes.readUInt8(3000) ^ 1, 3000);
  writeFileSync(join(made.folder, 'a.tar'), bytes);
  const { run: rest } = await rotations.resume(rotation.id);
  await rest?.ended;
  expect(await rotations.status(rotation.id)).toMatchObject({ state: 'done', apart: ['A'] });
});

it('lists what is away, waits for it, and goes on when it is back', async () => {
  const made = await saved(await sample());
  const { desk, drive } = made;
  await desk.rotations.plan(made.request()); // so that it is known what opens the copy on the drive
  renameSync(drive, `${drive} in a cupboard`);
  await desk.scan({});
  const plan = await desk.rotations.plan(made.request());
  expect(plan.away).toMatchObject([{ path: join(drive, 'a.tar'), name: 'A', why: 'away' }]);
  const status = await rotated(made);
  expect(status).toMatchObject({ state: 'open', doneCount: 2, endedAt: null });
  expect(status.left.filter(({ why }) => why !== 'kept')).toMatchObject([
    { path: join(drive, 'a.tar'), why: 'away' },
  ]);
  expect((await made.vault.find('Old')).state).toBe('retired');
  await expect(made.library.removeKey(made.oldKey.id)).rejects.toMatchObject({ code: 'KEY_IN_USE' });
  await expect(desk.rotations.resume(status.id)).rejects.toMatchObject({
    code: 'USAGE',
    hint: 'Connect the drive or share that the others are on, then scan its folder.',
  });

  renameSync(`${drive} in a cupboard`, drive);
  await desk.scan({});
  expect(await desk.rotations.status(status.id)).toMatchObject({ state: 'open' });
  const { run } = await desk.rotations.resume(status.id);
  await run?.ended;
  expect(await desk.rotations.status(status.id)).toMatchObject({ state: 'done', doneCount: 3, apart: [] });
  expect(await opened(made)).toEqual(ALL_NEW);
  expect(readFileSync(join(drive, 'a.tar'))).toEqual(readFileSync(join(made.folder, 'a.tar')));
});

it('is paused and gone on with by the next program, days later, with each file under one key that is known', async () => {
  const made = await saved(await sample());
  const gate = newGate();
  made.engine.beforeRecoding = (path) => (path.endsWith('b.tar') ? gate.pass() : undefined);
  const { rotations } = made.desk;
  const { rotation, run } = await rotations.start(await rotations.plan(made.request()));
  await gate.arrived;
  const paused = made.desk.pauseJob(run?.job.id ?? 0);
  gate.open();
  await paused;
  await run?.ended;
  const half = await rotations.status(rotation.id);
  expect(half.state).toBe('paused');
  expect(half.doneCount + half.left.filter(({ why }) => why === 'waiting').length).toBe(3);
  const keys = Object.values(await opened(made));
  expect(keys.filter((label) => label === 'New')).toHaveLength(half.doneCount);
  expect(keys.filter((label) => label === 'Old')).toHaveLength(3 - half.doneCount);
  expect((await made.vault.find('Old')).state).toBe('active');
  await made.library.close();

  const next: Sample = { ...made, ...withDesk(made.reopen()) };
  const { run: rest } = await next.desk.rotations.resume(rotation.id);
  await rest?.ended;
  expect(await next.desk.rotations.status(rotation.id)).toMatchObject({ state: 'done', doneCount: 3 });
  expect(await opened(next)).toEqual(ALL_NEW);
  expect((await made.vault.find('Old')).state).toBe('retired');
});

it('retires the key at the next look where the program ended right after the last file', async () => {
  const made = await saved(await sample());
  const { rotations } = made.desk;
  const { rotation, run } = await rotations.start(await rotations.plan(made.request()));
  const relock = made.desk.subscribe((event) => {
    if (event.kind === 'job' && event.job.state === 'done') made.vault.lock();
  });
  await run?.ended;
  relock();
  expect(await rotations.list()).toMatchObject([
    { id: rotation.id, state: 'done', oldKeys: [{ state: null }] },
  ]);
  await made.vault.unlock({ way: 'keychain' });
  expect(await rotations.list()).toMatchObject([{ oldKeys: [{ label: 'Old', state: 'retired' }] }]);
});

it('leaves the old key in use where only some backups were meant', async () => {
  const made = await saved(await sample());
  const status = await rotated(made, { filter: { paths: [join(made.folder, 'b.tar')] } });
  expect(status).toMatchObject({ state: 'done', doneCount: 1 });
  expect(await opened(made)).toEqual({ ...ALL_OLD, 'here/b.tar': 'New' });
  expect((await made.vault.find('Old')).state).toBe('active');
});

it('replaces all compromised keys at once, and they stay marked', async () => {
  const made = await saved(await sample());
  const other = await made.vault.find('Other');
  for (const id of [made.oldKey.id, other.id]) await made.library.markCompromised(id);
  const request = { oldKeyIds: [made.oldKey.id, other.id], originals: 'trash' } as const;
  const plan = await made.desk.rotations.plan(made.request(request));
  expect(plan.retires).toEqual([]);
  expect(plan.advice.join(' ')).toContain(
    'The originals in the trash can still be opened by whoever knows the old key.',
  );
  await rotated(made, { ...request, originals: 'keep' });
  expect(await opened(made)).toEqual({ ...ALL_NEW, 'here/c.tar': 'New' });
  expect((await made.vault.find('Old')).state).toBe('compromised');
});

it('leaves a damaged one under the old key, says so, and tries it again when it is whole', async () => {
  const made = await saved(await sample());
  const path = join(made.folder, 'b.tar');
  await made.desk.rotations.plan(made.request());
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 2600) ^ 1, damaged.length - 2600);
  const { rotations } = made.desk;
  const plan = await rotations.plan(made.request());
  writeFileSync(path, damaged);
  const { rotation, run } = await rotations.start(plan);
  await run?.ended;
  const status = await rotations.status(rotation.id);
  expect(status).toMatchObject({ state: 'open', doneCount: 2 });
  expect(status.left.filter(({ why }) => why === 'failed')).toMatchObject([{ path, name: 'B' }]);
  expect(readFileSync(path)).toEqual(damaged);

  writeFileSync(path, whole);
  const { run: again } = await rotations.resume(rotation.id);
  await again?.ended;
  expect(await rotations.status(rotation.id)).toMatchObject({ state: 'done', doneCount: 3 });
});

it('leaves the old key in use where not one file got the new key', async () => {
  const made = await saved(await sample());
  made.engine.beforeRecoding = () => {
    throw new StrongroomError('DAMAGED_PAYLOAD', 'It is damaged.');
  };
  const status = await rotated(made);
  expect(status).toMatchObject({ state: 'open', doneCount: 0 });
  expect(status.left.map(({ why }) => why)).toEqual(['failed', 'failed', 'failed']);
  expect((await made.vault.find('Old')).state).toBe('active');
});

it('is set aside by its owner: its job stops, what has the new key keeps it, and it is not gone on with', async () => {
  const made = await saved(await sample());
  const gate = newGate();
  made.engine.beforeRecoding = (path) => (path.endsWith('b.tar') ? gate.pass() : undefined);
  const { rotations } = made.desk;
  const { rotation, run } = await rotations.start(await rotations.plan(made.request()));
  await gate.arrived;
  const ending = rotations.end(rotation.id);
  gate.open();
  expect(await ending).toMatchObject({ state: 'ended' });
  await run?.ended;
  await expect(rotations.resume(rotation.id)).rejects.toMatchObject({ code: 'USAGE' });
  expect((await made.vault.find('Old')).state).toBe('active');
  expect(await made.desk.job(run?.job.id ?? 0)).toMatchObject({ state: 'cancelled' });
});

it('refuses keys that make no rotation, and a plan with nothing to do', async () => {
  const made = await saved(await sample());
  const { rotations } = made.desk;
  await expect(rotations.plan(made.request({ oldKeyIds: [] }))).rejects.toMatchObject({ code: 'USAGE' });
  await expect(rotations.plan(made.request({ oldKeyIds: [made.newKey.id] }))).rejects.toMatchObject({
    code: 'USAGE',
  });
  await expect(rotations.plan(made.request({ oldKeyIds: ['nobody'] }))).rejects.toMatchObject({
    code: 'UNKNOWN_KEY',
  });
  const home = await made.vault.find('Home');
  const plan = await rotations.plan(made.request({ oldKeyIds: [home.id] }));
  await expect(rotations.start(plan)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(rotations.resume(7)).rejects.toMatchObject({
    message: 'There is no rotation with the number 7.',
  });
});

function withDesk(library: Sample['library']): Pick<Sample, 'library' | 'desk'> {
  return { library, desk: library.desk };
}

it('counts what is away and was never tried with the old key, and goes on with it when it is back', async () => {
  const made = await saved(await sample());
  const { desk, drive } = made;
  const path = join(drive, 'only there.tar');
  await tinyBackup(path, { password: 'apple', name: 'D', date: day(9) });
  await desk.scan({});
  renameSync(drive, `${drive} in a cupboard`);
  await desk.scan({});
  const plan = await desk.rotations.plan(made.request());
  expect(plan.away.map((file) => file.path).sort()).toEqual([join(drive, 'a.tar'), path]);
  const status = await rotated(made);
  expect(status.state).toBe('open');
  expect(status.left.filter(({ why }) => why === 'away').map((file) => file.path)).toContain(path);

  renameSync(`${drive} in a cupboard`, drive);
  await desk.scan({});
  expect((await desk.rotations.status(status.id)).state).toBe('open');
  const { run } = await desk.rotations.resume(status.id);
  await run?.ended;
  expect((await desk.rotations.status(status.id)).state).toBe('done');
  expect(await opened(made)).toEqual({ ...ALL_NEW, 'drive/only there.tar': 'New' });
});

it('tells of what a scheme put into quarantine that it is still under the old key', async () => {
  const made = await saved(await sample());
  const { desk } = made;
  await desk.rotations.plan(made.request()); // so that it is known what opens them
  const rule = { policy: 'last=1', to: 'quarantine', undoDays: 30 } as const;
  await desk.runScheme(await desk.planScheme(rule), { signal: new AbortController().signal });
  const [a, b] = (await desk.removedFiles()).map(({ keptAt }) => keptAt).sort();
  const status = await rotated(made);
  expect(status.state).toBe('done');
  const inQuarantine = status.left.filter(({ path }) => path.includes('quarantine'));
  expect(inQuarantine.map(({ path, why }) => [path, why]).sort()).toEqual([
    [a, 'kept'],
    [b, 'kept'],
  ]);
});

it('stops where the new key is marked as compromised while it runs, and the old one stays in use', async () => {
  const made = await saved(await sample());
  const { rotations } = made.desk;
  made.engine.beforeRecoding = async () => {
    made.engine.beforeRecoding = () => undefined;
    await made.vault.change(made.newKey.id, { state: 'compromised' });
  };
  const { rotation, run } = await rotations.start(await rotations.plan(made.request()));
  expect(await run?.ended).toMatchObject({ state: 'failed', error: { code: 'USAGE' } });
  const status = await rotations.status(rotation.id);
  expect(status.left.filter(({ why }) => why !== 'kept').length).toBeGreaterThan(0);
  expect(status.oldKeys[0]?.state).toBe('active');
});
