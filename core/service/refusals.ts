// What the service itself refuses, in words.

import { StrongroomError } from '../../shared/errors.ts';

/** For what only some shells can do; the interface knows from the host's facts, and does not ask. */
export function notHere(what: string): StrongroomError {
  return new StrongroomError('USAGE', `Strongroom cannot ${what} from here.`, {
    hint: 'Do it in the window of the app, or by hand.',
  });
}
