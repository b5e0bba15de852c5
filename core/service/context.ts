// What the handlers of calls work with: the parts of one service.

import type { StrongroomEvent } from '../../shared/contract/index.ts';
import type { BatchPlan } from '../../shared/library.ts';
import type { Strongroom } from '../strongroom.ts';
import type { BackgroundWork } from './background-work.ts';
import type { Host } from './host.ts';
import type { Log } from './log.ts';
import type { PlanShelf } from './plan-shelf.ts';
import type { Scanning } from './scanning.ts';
import type { SettingsFile } from './settings-file.ts';
import type { WrittenFiles } from './written-files.ts';

export interface ServiceContext {
  readonly engine: Strongroom;
  readonly dataFolder: string;
  readonly host: Host;
  readonly version: string;
  /** The data folder is thrown away at the end. */
  readonly isDemo: boolean;
  readonly log: Log;
  readonly settings: SettingsFile;
  readonly scanning: Scanning;
  readonly plans: PlanShelf<BatchPlan>;
  readonly written: WrittenFiles;
  readonly background: BackgroundWork;
  /** The first try to open the vault without asking anyone, and order among the jobs; ends soon, and never fails. */
  readonly opening: Promise<unknown>;
  readonly emit: (event: StrongroomEvent) => void;
}
