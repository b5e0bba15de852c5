// A scan of one folder that found nothing new.

import type { ScanReport } from '../../shared/library.ts';

export function quietScan(folder: string, parts: Partial<ScanReport> = {}): ScanReport {
  return {
    folders: [{ path: folder, problem: null }],
    unchangedCount: 0,
    added: [],
    moved: [],
    copies: [],
    changed: [],
    returned: [],
    missing: [],
    unreadable: [],
    inspectedCount: 0,
    durationMs: 1,
    ...parts,
  };
}
