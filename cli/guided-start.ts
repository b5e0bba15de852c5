// The start for a newcomer: point to a backup, tell the key, see in words how it is, keep the key in a vault, and bring
// the backup to the current format if it is of an old one. Asks line by line, and names the command for next time.

import { errorCode, toPlainError } from '../shared/errors.ts';
import { normaliseTypedKey } from '../shared/key-format.ts';
import { quoteForShell } from '../shared/reports/advice.ts';
import { exitCodeOf, type FileResult } from './batch.ts';
import { recode } from './commands/recode.ts';
import { initVault } from './commands/vault/init.ts';
import { verifyTargets } from './commands/verify.ts';
import { EXIT, type ExitCode, worstExitCode } from './exit-code.ts';
import { readKit } from './keys/key-files.ts';
import { addTypedKey, lockedTargets, TYPED_KEY, unlockTargets } from './keys/unlock.ts';
import { askForVault, useVault } from './keys/vault-access.ts';
import { aboutBackup } from './reports/inspection.ts';
import { addedLine } from './reports/keys.ts';
import { isOldFormat } from '../shared/reports/words.ts';
import type { BackupVerification } from '../shared/backup.ts';
import type { Session } from './session.ts';
import { findTargets, type FoundTarget, isMissing, presentOnes, type Target } from './targets.ts';
import { printable } from '../shared/reports/printable.ts';
import type { Prompter } from './terminal/prompter.ts';
import { readTypedPath } from './typed-path.ts';

const LISTED = 20;

/** Needs a terminal. */
export async function runGuidedStart(session: Session): Promise<ExitCode> {
  const { prompter } = session;
  if (prompter === null) return EXIT.usage;
  prompter.say(
    'Welcome to Strongroom. It tells whether your Home Assistant backups can be restored.\n' +
      'Nothing is changed unless you say so. Ctrl-C ends it at any time.\n',
  );
  const targets = await askForBackups(session, prompter);
  if (targets.length === 0) return EXIT.good;
  await useVault(session, {});
  const encrypted = await introduce(session, prompter, presentOnes(targets));
  if (encrypted.length > 0 && session.vaultUse === 'asks') {
    prompter.say('\nThe key may be in your vault, which is locked.');
    await askForVault(session);
  }
  const locked = await lockedTargets(session, encrypted);
  const kit = locked.length > 0 ? await askForKit(session, prompter, locked) : null;
  await unlockTargets(session, locked);
  const results = await verifyTargets(session, targets, 'full');
  await offerVault(session, prompter, results, kit);
  const migrated = await offerMigration(session, prompter, results);
  const withKit = session.vaultUse === 'open' || encrypted.length === 0 ? '' : '--kit YOUR_KIT.txt ';
  prompter.say(
    `\nThe next time: strongroom verify ${withKit}${quoteForShell(results[0]?.target.shownAs ?? 'FILE')}`,
  );
  return worstExitCode([exitCodeOf(results), migrated]);
}

async function askForBackups(session: Session, prompter: Prompter): Promise<FoundTarget[]> {
  prompter.say('Where is your backup? Drag the .tar file, or the folder with your backups, into this window');
  for (;;) {
    const typed = await prompter.ask('and press Enter (Enter alone leaves): ');
    const path = readTypedPath(typed, session.host);
    if (path === '') return [];
    const found = await findTargets([path], { cwd: session.host.cwd, recursive: false });
    const [first] = found;
    if (found.length === 1 && first !== undefined && isMissing(first)) {
      session.screen.plainError(first.error, first.shownAs);
      prompter.say('Try again: drag the file or folder here');
      continue;
    }
    return found.length === 1 ? found : await chooseAmong(prompter, found);
  }
}

async function chooseAmong(prompter: Prompter, found: readonly FoundTarget[]): Promise<FoundTarget[]> {
  const lines = found.slice(0, LISTED).map((target, index) => `  ${index + 1}  ${printable(target.shownAs)}`);
  const more = found.length > LISTED ? [`  … and ${found.length - LISTED} more`] : [];
  prompter.say([`There are ${found.length} backups:`, ...lines, ...more].join('\n'));
  for (;;) {
    const answer = await prompter.ask('Which one? Its number, or Enter for all of them: ');
    if (answer === '') return [...found];
    const chosen = /^\d+$/.test(answer) ? found[Number(answer) - 1] : undefined;
    if (chosen !== undefined) return [chosen];
    prompter.say(`Please give a number from 1 to ${found.length}.`);
  }
}

/** Says what the backups are; returns those that are encrypted. What is no backup gets its answer with the others. */
async function introduce(
  session: Session,
  prompter: Prompter,
  targets: readonly Target[],
): Promise<Target[]> {
  const engine = await session.engine();
  const encrypted: Target[] = [];
  for (const target of targets) {
    try {
      const inspection = await engine.inspect(target.path);
      const { protection } = inspection;
      if (protection !== 'plain' && protection !== 'none') encrypted.push(target);
      if (targets.length > 1) continue;
      const about = aboutBackup(inspection, session.reportContext(target.shownAs));
      prompter.say(['', ...about].join('\n'));
    } catch (error) {
      if (errorCode(error) === 'CANCELLED') throw error;
    }
  }
  return encrypted;
}

/** Returns the kit, where it was one. */
async function askForKit(
  session: Session,
  prompter: Prompter,
  locked: readonly Target[],
): Promise<string | null> {
  const what =
    locked.length === 1 ? 'This backup is encrypted' : `${locked.length} of these backups are encrypted`;
  const notInVault = session.vaultUse === 'open' ? ', and no key of your vault opens it' : '';
  prompter.say(
    `\n${what}${notInVault}. The key is in the emergency kit, a text file that Home Assistant gave you\n` +
      '(home_assistant_backup_emergency_kit_….txt). Drag that file into this window and press Enter,',
  );
  for (;;) {
    const typed = await prompter.ask('or press Enter alone to type the key: ');
    if (typed === '') return null;
    if (normaliseTypedKey(typed) !== null && locked[0] !== undefined) {
      prompter.say('That is a key itself, and it can be read on your screen now. It is tried all the same.');
      await addTypedKey(session, locked[0], Buffer.from(typed));
      return null;
    }
    try {
      const path = readTypedPath(typed, session.host);
      for (const key of await readKit(path)) session.keys.add(key.label, key.password);
      return path;
    } catch (error) {
      session.screen.plainError(toPlainError(error), null);
      prompter.say('Try again: drag the emergency kit here,');
    }
  }
}

/** A key that was told once, and opened something, need not be told again. */
async function offerVault(
  session: Session,
  prompter: Prompter,
  results: readonly FileResult<BackupVerification>[],
  kit: string | null,
): Promise<void> {
  const opened = new Set(
    results.flatMap(({ report }) => report?.members.map(({ keyLabel }) => keyLabel) ?? []),
  );
  const given = session.keys.keys.filter(({ label }) => opened.has(label));
  if (given.length === 0 || session.vaultUse !== 'unused') return;
  const { library, vault } = await session.engine();
  if ((await vault.status()).state !== 'missing') return;
  prompter.say('');
  const question = 'Keep the key in a vault, sealed, so that Strongroom finds it the next time?';
  if (!(await prompter.confirm(question, 'yes'))) return;
  try {
    await initVault(session, {});
  } catch (error) {
    if (errorCode(error) !== 'KEYCHAIN_FAILED') throw error;
    prompter.say('Then without a vault. You can make one later: strongroom vault init');
    return;
  }
  const typed = given.filter(({ label }) => label === TYPED_KEY);
  if (typed.length < given.length && kit !== null) {
    const { files } = await library.importKits([kit]);
    for (const added of files.flatMap(({ keys }) => keys)) prompter.say(addedLine(added));
  }
  for (const { password } of typed) {
    const { added } = await library.addTypedKey({ typed: password, form: 'as-typed' });
    prompter.say(addedLine(added));
  }
}

async function offerMigration(
  session: Session,
  prompter: Prompter,
  results: readonly FileResult<BackupVerification>[],
): Promise<ExitCode> {
  const old = results.filter(
    ({ report }) => report?.status === 'good' && report.members.some(({ variant }) => isOldFormat(variant)),
  );
  if (old.length === 0) return EXIT.good;
  const which = old.length === 1 ? 'This backup is' : `${old.length} of these backups are`;
  prompter.say(
    `\n${which} in an old format with weaker encryption. Strongroom can bring it to the current one (v3).\n` +
      'The new file is read back and compared before it takes its place; the original stays beside it,\n' +
      'with .orig behind its name. Home Assistant older than 2026.3 can restore only the original.',
  );
  if (!(await prompter.confirm('Bring it to the current format now?'))) return EXIT.good;
  return await recode(
    session,
    'migrate',
    old.map(({ target }) => target.path),
    { yes: true, originals: 'keep' },
  );
}
