// Opens a page in the browser. The service has the list of pages; this only makes sure that it is a page, and not a program or a file.

import { shell } from 'electron';

import { StrongroomError } from '../shared/errors.ts';

/** @throws USAGE it is no page on the internet */
export async function openPage(address: string): Promise<void> {
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:')
    throw new StrongroomError('USAGE', 'This is no page on the internet.', {
      hint: 'Report it with the log: Strongroom should not have offered it.',
    });
  await shell.openExternal(address);
}
