// A library of a few small v2 backups that is scanned already, whose runner lets a test step in between; and what must hold of its
// files whatever came in between.

import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import type { MemberRunner, MemberTask } from '../../core/backup/index.ts';
import type { BatchPlan, BatchReport, BatchRequest } from '../../shared/library.ts';
import { requireOrder } from '../crash/batch-after-a-kill.ts';
import { ContentDigests, type KnownFile } from '../crash/batch-place.ts';
import { NEW_PASSWORD, PASSWORD, scratch } from '../support/fixtures.ts';
import { sha256Of } from '../support/folder-state.ts';
import { request } from '../support/batch-request.ts';
import { makeBackup } from '../support/make-backup.ts';
import { withBetween } from '../support/runners.ts';
import { makePlace, openPlace, placeAt, type LibraryPlace, type OpenPlace } from './library-place.ts';

const MEMBER_BYTES = 256 * 1024;

export interface Steps {
  /** Before a task of the engine is run. */
  beforeTask: (task: MemberTask) => Promise<void> | void;
  /** Before a file is looked at. */
  beforeInspecting: (path: string) => Promise<void> | void;
}

export interface SmallLibrary {
  readonly place: LibraryPlace;
  readonly keyIds: readonly string[];
  readonly steps: Steps;
  readonly open: OpenPlace;
  readonly desk: OpenPlace['desk'];
  path(name: string): string;
  /** Makes a backup of one part; it is one of the files from then on. */
  add(name: string): Promise<string>;
  /** Takes a file as it is now, or as what lies at `at` and will be there. */
  know(name: string, at?: string): Promise<void>;
  forget(name: string): void;
  plan(parts?: Partial<BatchRequest>): Promise<BatchPlan>;
  run(plan: BatchPlan): Promise<BatchReport>;
  resume(jobId: number, retryFailed?: 'retry-failed'): Promise<BatchReport>;
  /** Another start of the program; the one before ends first. */
  restart(): Promise<SmallLibrary>;
  /** @throws where anything is lost, doubled or half done. Returns what was rewritten. */
  requireOrder(originals?: BatchRequest['originals']): Promise<string[]>;
}

/** @param parts folders that are elsewhere */
export async function makeSmallLibrary(
  runner: MemberRunner,
  names: readonly string[],
  parts: Partial<LibraryPlace> = {},
): Promise<SmallLibrary> {
  const folder = await scratch();
  const place = { ...placeAt(folder), ...parts };
  if (parts.data !== undefined) Object.assign(place, { catalog: join(parts.data, 'catalog.sqlite') });
  const keyIds = await makePlace(place, PASSWORD, NEW_PASSWORD);
  const contents = new ContentDigests(join(folder, 'extracted'), runner);
  const files = new Map<string, KnownFile>();
  const library = await start(place, runner, keyIds, files, contents);
  for (const name of names) await library.add(name);
  await library.desk.addFolder(place.backups);
  return library;
}

async function start(
  place: LibraryPlace,
  runner: MemberRunner,
  keyIds: readonly string[],
  files: Map<string, KnownFile>,
  contents: ContentDigests,
): Promise<SmallLibrary> {
  const steps: Steps = { beforeTask: () => undefined, beforeInspecting: () => undefined };
  const between = withBetween(runner, { before: (task) => steps.beforeTask(task) });
  const open = await openPlace(place, between, 3, (path) => steps.beforeInspecting(path));
  onTestFinished(() => open.close());
  const { desk } = open;
  const running = { signal: new AbortController().signal };
  const path = (name: string): string => join(place.backups, name);
  const know = async (name: string, at = path(name)): Promise<void> => {
    files.set(name, { name, sha256: await sha256Of(at), content: await contents.of(at) });
  };
  return {
    place,
    keyIds,
    steps,
    open,
    desk,
    path,
    know,
    add: async (name) => {
      const slug = (0x10000000 + files.size).toString(16);
      await makeBackup(path(name), PASSWORD, 1, MEMBER_BYTES, slug);
      await know(name);
      return path(name);
    },
    forget: (name) => void files.delete(name),
    plan: (parts) => desk.planBatch(request(parts), {}),
    run: (plan) => desk.runBatch(plan, running),
    resume: async (jobId, retryFailed) => {
      await desk.resumeJob(jobId, { ...running, retryFailed: retryFailed === 'retry-failed' });
      return desk.batchReport(jobId);
    },
    restart: async () => {
      await open.close();
      return start(place, runner, keyIds, files, contents);
    },
    requireOrder: async (originals = 'keep') => {
      const known = { files: [...files.values()], contents };
      return [...(await requireOrder(place, known, request({ originals })))].sort();
    },
  };
}
