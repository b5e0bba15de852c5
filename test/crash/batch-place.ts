// The library that batches and rotations are killed in: small v2 backups, a copy of one, a damaged one, and a plan for each operation.

import { copyFile, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { extract, type MemberRunner } from '../../core/backup/index.ts';
import type { OriginalsPolicy } from '../../shared/backup.ts';
import type { BatchPlan } from '../../shared/library.ts';
import type { RotationPlan } from '../../shared/rotation.ts';
import { KEY, NEW_KEY, NEW_PASSWORD, PASSWORD } from '../support/fixtures.ts';
import { sha256Of, stateOf } from '../support/folder-state.ts';
import { request } from '../support/batch-request.ts';
import { makeBackup } from '../support/make-backup.ts';
import { copyPlace, makePlace, openPlace, placeAt, type LibraryPlace } from '../system/library-place.ts';

export type KilledOperation = 'migrate' | 'rekey' | 'rotate';

/** What is run: a batch, or a rotation with the batch that does its work. */
export interface KilledPlan {
  readonly batch: BatchPlan;
  readonly rotation: RotationPlan | null;
}

export interface KnownFile {
  readonly name: string;
  readonly sha256: string;
  /** Of all that is in it; null for the damaged one, which no batch may touch. */
  readonly content: string | null;
}

export interface BatchPlace {
  /** Never worked in. */
  readonly template: LibraryPlace;
  /** Where copies of it are put: the plans name files there. */
  readonly workFolder: string;
  readonly files: readonly KnownFile[];
  readonly plans: Readonly<Record<KilledOperation, KilledPlan>>;
  readonly oldKeyId: string;
  readonly newKeyId: string;
  readonly contents: ContentDigests;
}

const BACKUPS = 6;
const MEMBER_BYTES = 256 * 1024;

export async function makeBatchPlace(folder: string, runner: MemberRunner): Promise<BatchPlace> {
  const workFolder = join(folder, 'work');
  const place = placeAt(workFolder);
  const [oldKeyId = '', newKeyId = ''] = await makePlace(place, PASSWORD, NEW_PASSWORD);
  const pathOf = (name: string): string => join(place.backups, name);
  for (let index = 0; index < BACKUPS; index++)
    await makeBackup(
      pathOf(`backup-${index}.tar`),
      PASSWORD,
      1 + (index % 2),
      MEMBER_BYTES,
      `c0ffee0${index}`,
    );
  await copyFile(pathOf('backup-2.tar'), pathOf('copy of 2.tar'));
  await makeBackup(pathOf('damaged.tar'), PASSWORD, 1, MEMBER_BYTES, 'deadbeef');
  await damage(pathOf('damaged.tar'));

  const contents = new ContentDigests(join(folder, 'extracted'), runner);
  const files: KnownFile[] = [];
  for (const name of (await readdir(place.backups)).sort()) {
    const content = name === 'damaged.tar' ? null : await contents.of(pathOf(name));
    files.push({ name, sha256: await sha256Of(pathOf(name)), content });
  }
  const { desk, vault, close } = await openPlace(place, runner);
  await vault.change(newKeyId, { exportedAt: new Date().toISOString() }); // as if its kit were saved
  await desk.addFolder(place.backups);
  await desk.scan({});
  const migrate = await desk.planBatch(request(), {});
  const rekey = await desk.planBatch(request({ operation: 'rekey', newKeyId, format: 'v2' }), {});
  const rotation = await desk.rotations.plan({
    ...{ oldKeyIds: [oldKeyId], newKeyId, filter: {}, originals: 'keep', quarantineDays: 30 },
  });
  await close();
  const plans = {
    migrate: { batch: migrate, rotation: null },
    rekey: { batch: rekey, rotation: null },
    rotate: { batch: rotation.batch, rotation },
  };
  const template = await copyPlace(place, join(folder, 'template'));
  return { template, workFolder, files, plans, oldKeyId, newKeyId, contents };
}

export function withOriginals({ batch, rotation }: KilledPlan, originals: OriginalsPolicy): KilledPlan {
  const changed = { ...batch, request: { ...batch.request, originals } };
  if (rotation === null) return { batch: changed, rotation };
  return {
    batch: changed,
    rotation: { ...rotation, request: { ...rotation.request, originals }, batch: changed },
  };
}

/** A fresh copy of it, as it was before any batch, and the file that holds the plan. */
export async function freshPlace(
  { template, workFolder }: BatchPlace,
  plan: KilledPlan,
): Promise<{ readonly place: LibraryPlace; readonly planPath: string }> {
  const place = await copyPlace(template, workFolder);
  const planPath = join(place.folder, 'plan.json');
  await writeFile(planPath, JSON.stringify(plan));
  return { place, planPath };
}

/** What is in backups, whatever their format and key: each file of other bytes is read once. */
export class ContentDigests {
  readonly #folder: string;
  readonly #runner: MemberRunner;
  readonly #known = new Map<string, string>();

  constructor(folder: string, runner: MemberRunner) {
    this.#folder = folder;
    this.#runner = runner;
  }

  /** @throws when any part of it cannot be read to its end */
  async of(path: string): Promise<string> {
    const sha256 = await sha256Of(path);
    const known = this.#known.get(sha256);
    if (known !== undefined) return known;
    await rm(this.#folder, { recursive: true, force: true });
    const report = await extract(path, { keys: [KEY, NEW_KEY], folder: this.#folder }, this.#runner.sodium);
    if (report.failures.length > 0 || report.fileCount === 0)
      throw new Error(`${path} cannot be read: ${JSON.stringify(report.failures)}`);
    const found = Object.entries(await stateOf(this.#folder)).map(([name, file]) =>
      file === 'folder' ? name : [name, file.sha256].join(' '),
    );
    this.#known.set(sha256, found.join('\n'));
    return found.join('\n');
  }
}

/** In the middle of its first part, which v2 does not notice before it is unpacked. */
async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, MEMBER_BYTES / 2);
    byte[0]! ^= 0x40;
    await file.write(byte, 0, 1, MEMBER_BYTES / 2);
  } finally {
    await file.close();
  }
}
