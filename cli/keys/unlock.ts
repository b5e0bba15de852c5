// At a terminal: finds out before the work starts which backups no key opens yet, and asks for theirs.
// A typed key is tried as it is, then as Home Assistant writes it, then with its look-alikes swapped.

import { LOOK_ALIKE_PAIRS } from '../../shared/key-format.ts';
import { errorCode } from '../../shared/errors.ts';
import type { KeyMatch } from '../../shared/backup.ts';
import { loadKeySearch } from '../engine.ts';
import { addedLine, placesInWords } from '../reports/keys.ts';
import type { Session } from '../session.ts';
import type { Target } from '../targets.ts';
import { askForVault } from './vault-access.ts';

/** So many are named before the rest is counted. */
const NAMED_KEYS = 5;

/** What a key typed in this run is called. */
export const TYPED_KEY = 'typed key';

/** Asks for keys until every backup opens or the person presses Enter alone. Does nothing without a terminal. */
export async function unlockTargets(session: Session, targets: readonly Target[]): Promise<void> {
  if (session.prompter === null) return;
  for (const [index, target] of targets.entries()) {
    session.host.signal.throwIfAborted();
    const count = targets.length === 1 ? '' : ` (${index + 1} of ${targets.length})`;
    session.screen.live(`Trying the keys${count}`);
    let locked = await lockedMembers(session, target.path);
    session.screen.live(null);
    if (locked.length > 0 && session.vaultUse === 'asks') {
      session.prompter.say(`${target.shownAs} is encrypted, and your vault is locked.`);
      await askForVault(session);
      locked = await lockedMembers(session, target.path);
    }
    if (locked.length > 0) await askForKey(session, target, locked);
  }
}

async function askForKey(session: Session, target: Target, locked: readonly string[]): Promise<void> {
  const { prompter } = session;
  if (prompter === null) return;
  prompter.say(explainLock(target.shownAs, locked, session.keyLabels));
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
  const named = labels.slice(0, NAMED_KEYS).map((label) => `“${label}”`);
  const tried = [...named, ...(labels.length > NAMED_KEYS ? [`${labels.length - NAMED_KEYS} more`] : [])];
  return `None of your keys (${tried.join(', ')}) opens ${locked.join(', ')} in ${shownAs}.`;
}

/** Keeps the form of the typed key that opens something; none when no form does. Wipes the typed one. */
export async function addTypedKey(session: Session, target: Target, typed: Buffer): Promise<void> {
  const { keys, prompter, screen, host } = session;
  const engine = await session.engine();
  const findMeantKey = await loadKeySearch();
  const opens = async (password: Buffer): Promise<boolean> => {
    const match = await engine.openWith(target.path, [{ label: TYPED_KEY, password }], host.signal);
    return match.members.some((member) => member.status === 'opens');
  };
  const onLookAlikes = (): void =>
    screen.live(`It does not open. Trying characters that look alike (${LOOK_ALIKE_PAIRS})`);
  try {
    const meant = await findMeantKey(opens, typed, { signal: host.signal, onLookAlikes });
    if (meant === null) return;
    const ownCopy = Buffer.from(meant.password);
    keys.add(TYPED_KEY, meant.password);
    if (meant.form === 'as-written')
      prompter?.say('Read with capitals and dashes, as Home Assistant writes it, it opens the backup.');
    if (meant.form === 'look-alike') {
      prompter?.say(
        `Found: it opens with a look-alike (${LOOK_ALIKE_PAIRS}) in ${placesInWords(meant.places)}. Correct your note.`,
      );
    }
    await offerToKeep(session, target, session.wipeLater(ownCopy));
  } finally {
    typed.fill(0);
  }
}

/** A key that opened something belongs into the vault, where it is found the next time. */
async function offerToKeep(session: Session, target: Target, password: Buffer): Promise<void> {
  const { prompter } = session;
  if (prompter === null || session.vaultUse !== 'open') return;
  if (!(await prompter.confirm('Keep this key in your vault?', 'yes'))) return;
  const { library } = await session.engine();
  const { added } = await library.addTypedKey({ typed: password, against: target.path });
  prompter.say(addedLine(added));
}

/** Those of which a part stays closed with the keys that there are. */
export async function lockedTargets(session: Session, targets: readonly Target[]): Promise<Target[]> {
  const locked: Target[] = [];
  for (const target of targets) {
    if ((await lockedMembers(session, target.path)).length > 0) locked.push(target);
  }
  return locked;
}

/** Names of the parts that stay closed. A backup that cannot even be looked at says so when its turn comes. */
async function lockedMembers(session: Session, path: string): Promise<string[]> {
  const engine = await session.engine();
  let match: KeyMatch;
  try {
    match = await engine.openWith(path, await session.keysFor(path), session.host.signal);
  } catch (error) {
    if (errorCode(error) === 'CANCELLED') throw error;
    return [];
  }
  return match.members
    .filter((member) => member.status === 'wrong-key' || member.status === 'key-required')
    .map((member) => member.member);
}
