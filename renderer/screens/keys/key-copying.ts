// Copying a key: through the host where it has a clipboard, which clears it again; else this page writes it and empties the clipboard
// when the time is up, or as soon as it has the focus again, because a page without it may not. One copied key at a time.

import { StrongroomError } from '../../../shared/errors.ts';
import type { App } from '../../app/app.svelte.ts';
import { t } from '../../messages/messages.ts';

type Needs = Pick<App, 'client' | 'facts' | 'settings' | 'toasts'>;

let stopClearing: (() => void) | null = null;

/**
 * Says on the page how long it stays.
 * @throws as keys.copy and keys.reveal; USAGE the browser does not allow it
 */
export async function copyKey(app: Needs, { id, label }: { id: string; label: string }): Promise<void> {
  if (app.facts.host.hasClipboard) {
    const { clearsAfterSeconds } = await app.client.call('keys.copy', { keyId: id });
    app.toasts.say(t('keys.copied', { label, seconds: clearsAfterSeconds }), { tone: 'good' });
    return;
  }
  const { key } = await app.client.call('keys.reveal', { keyId: id });
  await writeClipboard(key);
  const seconds = app.settings.clipboardSeconds;
  clearLater(seconds * 1000, () => app.toasts.say(t('keys.copy-cleared')));
  app.toasts.say(t('keys.copied-page', { label, seconds }), { tone: 'good' });
}

async function writeClipboard(text: string): Promise<void> {
  // Undefined outside of a secure context, such as a reverse proxy without TLS.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  try {
    if (clipboard === undefined) throw new DOMException('no clipboard', 'NotAllowedError');
    await clipboard.writeText(text);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new StrongroomError('USAGE', t('keys.copy-refused'), {
      hint: t('keys.copy-refused-hint'),
      cause: error,
    });
  }
}

function clearLater(afterMs: number, ondone: () => void): void {
  stopClearing?.();
  const clear = async (): Promise<void> => {
    if (!document.hasFocus()) return; // the focus comes back and calls again
    try {
      await navigator.clipboard.writeText('');
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return;
    }
    stopClearing?.();
    ondone();
  };
  let isDue = false;
  const timer = setTimeout(() => {
    isDue = true;
    void clear();
  }, afterMs);
  const onfocus = (): void => {
    if (isDue) void clear();
  };
  addEventListener('focus', onfocus);
  stopClearing = () => {
    clearTimeout(timer);
    removeEventListener('focus', onfocus);
    stopClearing = null;
  };
}
