// What a person should hear of although no window is in front: what failed, and where it is wanted what went well. In plain words.

import { basename } from 'node:path';

import type { Job, JobDetails } from '../../../shared/jobs.ts';
import type { WatchEvent, WatchRule } from '../../../shared/library.ts';
import type { Notice } from '../../../shared/window.ts';

/** Of a job that has ended; null where there is nothing to say: it was cancelled or paused by the person, or did nothing. */
export function noticeOfJob(job: JobDetails): Notice | null {
  const { id, title, state, counts, error, items } = job;
  const route = `#/activity/${id}`;
  if (state === 'failed') {
    const body = [error?.message, error?.hint].filter((line) => line !== undefined).join(' ');
    return { kind: 'failure', title: `${title}: it could not go on`, body, route };
  }
  if (state !== 'done') return null;
  if (counts.failed > 0) {
    const [first] = items.filter((item) => item.state === 'failed');
    const what = first === undefined ? '' : `“${basename(first.path)}”: ${first.error?.message ?? ''}`;
    return {
      kind: 'failure',
      title: `${title}: ${failedInWords(job)}`,
      body: `${what}${more(counts.failed - 1)}`,
      route,
    };
  }
  if (counts.done === 0) return null;
  return { kind: 'success', title: `${title}: done`, body: doneInWords(job), route };
}

/** Of something in a watched folder; null where it needs nobody's attention. */
export function noticeOfWatchEvent(event: WatchEvent, rule: WatchRule | null): Notice | null {
  const { kind, path, folder, message, error } = event;
  const body = [message, error?.hint].filter((line) => line !== undefined).join(' ');
  const route = '#/watched';
  const isEnd = kind === 'migrated' || (kind === 'verified' && rule?.migrate === null);
  if (kind === 'thinned' && error === null)
    return { kind: 'success', title: `“${basename(folder)}” was thinned out`, body, route };
  if (kind === 'waits' || kind === 'thinned')
    return {
      kind: error === null ? 'info' : 'failure',
      title: `The scheme of “${basename(folder)}” needs you`,
      body,
      route: '#/rotation/scheme',
    };
  if (isEnd) return { kind: 'success', title: `“${basename(path ?? folder)}” has come`, body, route };
  if ((kind !== 'failed' && kind !== 'unreadable') || error?.code === 'CANCELLED') return null;
  const title =
    path === null ? `“${basename(folder)}” cannot be watched properly` : `“${basename(path)}” needs you`;
  return { kind: 'failure', title, body, route };
}

/** Several of one kind as one. @param notices at least one */
export function mergeNotices(notices: readonly [Notice, ...Notice[]]): Notice {
  const [first] = notices;
  if (notices.length === 1) return first;
  const title = {
    failure: `${notices.length} things in watched folders need you`,
    success: `${notices.length} things went well in watched folders`,
    info: `${notices.length} schemes wait for you`,
  }[first.kind];
  return { ...first, title, body: `${first.body}${more(notices.length - 1)}` };
}

function failedInWords({ kind, counts }: Job): string {
  const { failed, total } = counts;
  if (kind === 'verify') return total === 1 ? 'it is not good' : `${failed} not good`;
  return total === 1 ? 'it failed' : `${failed} failed`;
}

function doneInWords({ kind, counts }: Job): string {
  const count = counts.done === 1 ? '1 backup' : `${counts.done} backups`;
  switch (kind) {
    case 'verify':
      return `${count} verified: good.`;
    case 'migrate':
      return `${count} brought to the current format.`;
    case 'encrypt':
    case 'rekey':
      return `${count} encrypted.`;
    case 'scheme':
      return `${counts.done === 1 ? '1 file' : `${counts.done} files`} moved away, as the scheme says.`;
    case 'copy':
      return `${count} copied and compared.`;
    case 'scan':
      return '';
  }
}

function more(count: number): string {
  return count < 1 ? '' : ` And ${count} more.`;
}
