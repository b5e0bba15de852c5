// The pages that Strongroom points to: the only ones it ever opens.

import type { InputOf } from '../../../shared/contract/index.ts';

/** null: the project has no public page for it yet. */
export const LINKS: Readonly<Record<InputOf<'app.openLink'>['link'], string | null>> = {
  'emergency-kit': 'https://www.home-assistant.io/more-info/backup-emergency-kit',
  restore: 'https://www.home-assistant.io/common-tasks/general/#restoring-a-backup',
  'backup-settings': 'https://my.home-assistant.io/redirect/backup/',
  project: null,
  'report-a-problem': null,
};
