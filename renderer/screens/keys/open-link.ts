// Opens one of the pages that Strongroom points to: the desktop program does it itself, the web shell's page opens a tab.

import type { InputOf } from '../../../shared/contract/index.ts';
import type { App } from '../../app/app.svelte.ts';

export async function openLink(
  app: Pick<App, 'client' | 'facts' | 'toasts'>,
  link: InputOf<'app.openLink'>['link'],
): Promise<void> {
  try {
    const { url } = await app.client.call('app.openLink', { link });
    if (app.facts.host.shell === 'web') window.open(url, '_blank', 'noopener,noreferrer');
  } catch (error) {
    app.toasts.fail(error);
  }
}
