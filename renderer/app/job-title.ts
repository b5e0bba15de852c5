// What a job is called on the screen, in the language and with the numbers of the person. Pure.

import type { Job } from '../../shared/jobs.ts';
import { t } from '../messages/messages.ts';

/** "Migrate 1,234 backups". */
export function jobTitle({ kind, counts }: Pick<Job, 'kind' | 'counts'>): string {
  return t(`app.job.title.${kind}`, { count: counts.total });
}
