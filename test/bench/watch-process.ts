// Peak memory and processor time of a running process as Linux tells them, looked at from outside so that measuring
// costs the measured program nothing. Elsewhere there are no such figures, and they are reported as missing.

import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

export interface Usage {
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

const INTERVAL_MS = 100;
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Watches until the process is gone; NaN where the system tells nothing. */
export async function watchProcess(pid: number): Promise<Usage> {
  let usage: Usage = { peakBytes: NaN, cpuSeconds: NaN };
  for (;;) {
    const now = await look(pid);
    if (now === null) return usage;
    usage = now;
    await wait(INTERVAL_MS);
  }
}

async function look(pid: number): Promise<Usage | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (peak === undefined) return null; // a zombie has no memory
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { peakBytes: Number(peak) * 1024, cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return null; // the process has ended, or there is no /proc here
  }
}
