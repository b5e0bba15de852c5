// At a terminal: finds out before the work starts which backups no key opens yet, and asks for theirs.
// A typed key is tried as it is, then as Home Assistant writes it, then with its look-alikes swapped.

import {
  normaliseTypedKey,
  differingPlaces,
  LOOK_ALIKE_PAIRS,
  lookAlikeKeys,
} from '../../shared/key-format.ts';
import { errorCode } from '../../shared/errors.ts';
import type { KeyMatch } from '../../shared/backup.ts';
import type { Session } from '../session.ts';
import type { Target } from '../targets.ts';

/** Each try of a v3 backup takes about 0.2 s: this many make a person wait for some seconds. */
const LOOK_ALIKE_LIMIT = 40;

/** Asks for keys until every backup opens or the person presses Enter alone. Does nothing without a terminal. */
export async function unlockTargets(session: Session, targets: readonly Target[]): Promise<void> {
  if (session.prompter === null) return;
  for (const [index, target] of targets.entries()) {
    session.host.signal.throwIfAborted();
    const count = targets.length === 1 ? '' : ` (${index + 1} of ${targets.length})`;
    session.screen.live(`Trying the keys${count}`);
    const locked = await lockedMembers(session, target.path);
    session.screen.live(null);
    if (locked.length > 0) await askForKey(session, target, locked);
  }
}

async function askForKey(session: Session, target: Target, locked: readonly string[]): Promise<void> {
  const { prompter, keys } = session;
  if (prompter === null) return;
  prompter.say(explainLock(target.shownAs, locked, keys.labels));
  let remaining = locked;
  while (remaining.length > 0) {
    const typed = await prompter.askHidden(
      'Its key (hidden while you type; Enter alone goes on without it): ',
    );
    if (typed.length === 0) return;
    const before = remaining.length;
    await addTypedKey(session, target, typed);
    remaining = await lockedMembers(session, target.path);
    if (remaining.length === before) {
      prompter.say(
        `That key does not open it. Dashes and capitals belong to the key; mixed up easily: ${LOOK_ALIKE_PAIRS}.\n` +
          'Backups keep the key that was set when they were made: it may be in an older emergency kit.',
      );
    } else if (remaining.length > 0) {
      prompter.say(`It opens a part of the backup. Still locked: ${remaining.join(', ')}.`);
    }
  }
}

function explainLock(shownAs: string, locked: readonly string[], labels: readonly string[]): string {
  if (labels.length === 0) return `${shownAs} is encrypted.`;
  const tried = labels.map((label) => `“${label}”`).join(', ');
  return `None of your keys (${tried}) opens ${locked.join(', ')} in ${shownAs}.`;
}

/** Keeps the form of the typed key that opens something; the typed one itself when none does. */
export async function addTypedKey(session: Session, target: Target, typed: Buffer): Promise<void> {
  const { keys, prompter, screen } = session;
  const engine = await session.engine();
  const opens = async (password: Buffer): Promise<boolean> => {
    const match = await engine.openWith(target.path, [{ label: 'typed key', password }], session.host.signal);
    return match.members.some((member) => member.status === 'opens');
  };
  if (await opens(typed)) {
    keys.add('typed key', typed);
    return;
  }
  const meant = normaliseTypedKey(typed.toString('utf8'));
  typed.fill(0);
  if (meant === null) return;
  const asWritten = Buffer.from(meant);
  if (await opens(asWritten)) {
    prompter?.say('Read with capitals and dashes, as Home Assistant writes it, it opens the backup.');
    keys.add('typed key', asWritten);
    return;
  }
  asWritten.fill(0);
  screen.live(`It does not open. Trying characters that look alike (${LOOK_ALIKE_PAIRS})`);
  for (const candidate of lookAlikeKeys(meant, LOOK_ALIKE_LIMIT)) {
    session.host.signal.throwIfAborted();
    const password = Buffer.from(candidate);
    if (await opens(password)) {
      const places = differingPlaces(meant, candidate).map(
        (at) => `group ${at.group}, character ${at.character}`,
      );
      prompter?.say(
        `Found: it opens with a look-alike (${LOOK_ALIKE_PAIRS}) in ${places.join('; ')}. Correct your note.`,
      );
      keys.add('typed key', password);
      return;
    }
    password.fill(0);
  }
}

/** Names of the parts that stay closed. A backup that cannot even be looked at says so when its turn comes. */
async function lockedMembers(session: Session, path: string): Promise<string[]> {
  const engine = await session.engine();
  let match: KeyMatch;
  try {
    match = await engine.openWith(path, session.keys.keys, session.host.signal);
  } catch (error) {
    if (errorCode(error) === 'CANCELLED') throw error;
    return [];
  }
  return match.members
    .filter((member) => member.status === 'wrong-key' || member.status === 'key-required')
    .map((member) => member.member);
}
