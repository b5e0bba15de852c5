// The key of the vault that a batch encrypts with: named, the only one, or chosen at the terminal. Only its id is needed.

import { StrongroomError } from '../../../shared/errors.ts';
import { findActiveKey } from '../../keys/key-sources.ts';
import { askForOne } from '../../keys/new-key.ts';
import type { Session } from '../../session.ts';

/**
 * Its id. encrypt takes the one key that is in use; among several the person says which. The vault has to be open.
 * @throws USAGE, UNKNOWN_KEY, CANCELLED
 */
export async function chooseKey(
  session: Session,
  operation: 'encrypt' | 'rekey',
  selector: string | undefined,
): Promise<string> {
  const { vault } = await session.engine();
  if (selector !== undefined) return (await findActiveKey(vault, selector)).id;
  const active = (await vault.list()).filter(({ state }) => state === 'active');
  const [only, ...others] = active;
  if (operation === 'encrypt' && only !== undefined && others.length === 0) {
    session.screen.note(`Encrypting with your key “${only.label}”.`);
    return only.id;
  }
  if (only === undefined) {
    throw new StrongroomError('USAGE', 'There is no key in use in your vault to encrypt with.', {
      hint: 'Make one with: strongroom keys generate',
    });
  }
  if (session.prompter === null) {
    throw new StrongroomError('USAGE', 'It is not said which key the backups shall have.', {
      hint: 'Name it with --new-vault-key; your keys: strongroom keys list',
    });
  }
  session.prompter.say('Which key shall the backups have?');
  const chosen = await askForOne(session.prompter, active, 'Its number, or Enter alone to stop: ');
  if (chosen !== null) return chosen.id;
  throw new StrongroomError('CANCELLED', 'Nothing was changed.');
}
