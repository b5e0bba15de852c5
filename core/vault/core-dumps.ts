// Keeps this process's memory, and so every key in it, out of core dumps where the system lets a process say so.

import { writeFileSync } from 'node:fs';

/**
 * Linux: no memory of this process, its threads and its children is written into a core dump (see core(5),
 * “Controlling which mappings are written to the core dump”). Elsewhere a process cannot say so.
 */
export function excludeFromCoreDumps(): 'excluded' | 'not-possible' {
  if (process.platform !== 'linux') return 'not-possible';
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
    return 'excluded';
  } catch {
    // A kernel without core dumps, or a sandbox without /proc: nothing to be done about it from in here.
    return 'not-possible';
  }
}
