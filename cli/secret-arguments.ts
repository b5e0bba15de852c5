// Keys are refused as arguments: every user of the machine can read the list of processes, and shells keep a
// history. Looked at before anything else sees the arguments; nothing of them is repeated.

import { StrongroomError } from '../shared/errors.ts';

const NAMES = /^--?(?:new-?)?(?:key|password|passwd|passphrase|pass|pwd|pw|p|secret|encryption-key)(?:=|$)/i;

/** Seven groups of four, or all of it in one piece with a digit in it, as nobody names a file. */
const KEY = /^(?:(?:[a-z0-9]{4}[-\u2010-\u2015 ]){6}[a-z0-9]{4}|(?=.*\d)[a-z0-9]{28})$/i;

/** @throws USAGE when an argument is, or announces, a key */
export function refuseSecretArguments(argv: readonly string[]): void {
  const announced = argv.some((argument) => NAMES.test(argument));
  const isKey = argv.some((argument) => KEY.test(argument.slice(argument.indexOf('=') + 1)));
  if (!announced && !isKey) return;
  throw new StrongroomError('USAGE', 'A key is never taken as an argument.', {
    hint: 'Other users of this machine can read the arguments of a program. Use --kit, --key-file or STRONGROOM_KEY, or type it when you are asked.',
  });
}
