// What a person has to do besides, because Strongroom cannot: in Home Assistant above all. From home-assistant.md and the documentation of
// Home Assistant's backups.

import type { KeyInfo } from '../../../shared/keys.ts';

export interface AdviceAbout {
  readonly oldKeys: readonly Pick<KeyInfo, 'label' | 'state'>[];
  readonly newKey: Pick<KeyInfo, 'label' | 'origin'>;
  readonly originals: 'keep' | 'quarantine' | 'trash';
}

/** In order; full sentences. */
export function rotationAdvice({ oldKeys, newKey, originals }: AdviceAbout): string[] {
  const isCompromised = oldKeys.some(({ state }) => state === 'compromised');
  return [
    'Home Assistant goes on with the key in its own settings: change it there, too, under Settings, System, Backups, Settings, Encryption key. It makes its own new key; download the new emergency kit at once.',
    ...(newKey.origin === 'generated'
      ? [
          `Home Assistant cannot be told to take “${newKey.label}”. For one key for everything, change the key there first, bring its new kit into this vault, and choose that key as the new one here.`,
        ]
      : []),
    `To restore one of these backups, Home Assistant asks for the key: it is “${newKey.label}” from now on. After a restore it encrypts its new backups with the key that the restored backup’s settings hold, which is the old one: change it once more then.`,
    'They are in format v3 afterwards: Home Assistant older than 2026.3 cannot restore them.',
    'Copies that Strongroom does not see (in Home Assistant itself, in the cloud, on other computers) keep the old key. Keep its emergency kit as long as there is one of them.',
    ...(isCompromised ? compromisedAdvice(originals) : []),
  ];
}

function compromisedAdvice(originals: AdviceAbout['originals']): string[] {
  const where = {
    keep: 'The originals beside the new files',
    quarantine: 'The originals in quarantine',
    trash: 'The originals in the trash',
  }[originals];
  return [
    `${where} can still be opened by whoever knows the old key. Delete them, and all other copies, once you have made sure that the new ones are good.`,
    'What stands in those backups may be known already: change the passwords and tokens that your configuration holds, the most important first.',
  ];
}
