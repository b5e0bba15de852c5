// How a scheme's run in one folder ended, as an exit code and a word about the rest. Also of one that was resumed or is looked up.

import type { SchemeReport } from '../../../shared/scheme.ts';
import { EXIT, type ExitCode, exitCodeFor } from '../../exit-code.ts';
import type { Session } from '../../session.ts';

export function codesOfScheme({ state, error, items }: SchemeReport): ExitCode[] {
  return [
    ...(state === 'cancelled' || state === 'paused' ? [EXIT.cancelled] : []),
    ...(error === null ? [] : [exitCodeFor(error.code)]),
    ...items.flatMap((item) =>
      item.outcome === 'failed' ? [item.error === null ? EXIT.other : exitCodeFor(item.error.code)] : [],
    ),
  ];
}

export function sayWhatIsLeftOfScheme({ screen }: Session, { state, error, jobId }: SchemeReport): void {
  if (state === 'done') return;
  if (state === 'failed' && error !== null) {
    screen.plainError(error, null);
    return;
  }
  screen.note(state === 'paused' ? `Job ${jobId} has not ended.` : 'Stopped at your request.');
  screen.hint(`Go on with the rest: strongroom jobs resume ${jobId}`);
}
