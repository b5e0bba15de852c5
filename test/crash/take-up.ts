// How the next start goes on with what a killed one left: by its rotation where it was one, else by its job.

import type { LibraryDesk, RunOptions } from '../../core/library/index.ts';

export async function takeUp(desk: LibraryDesk, running: RunOptions): Promise<void> {
  const [job] = await desk.jobs(1);
  if (job === undefined || job.counts.left === 0) return;
  const [rotation] = await desk.rotations.list();
  if (rotation?.jobId === job.id) await (await desk.rotations.resume(rotation.id, running)).run?.ended;
  else await desk.resumeJob(job.id, { ...running, retryFailed: false });
}
