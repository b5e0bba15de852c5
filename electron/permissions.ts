// What the page may do of what needs a permission: put plain text on the clipboard, and nothing else. No devices, no downloads, and no
// request that leaves this program, whatever the page or a mistake in it asks for.

import type { Session } from 'electron';

import { APP_SCHEME, isOwnAddress } from './app-address.ts';

/** Copying the details of an error; reading the clipboard is another permission. */
const GRANTED = 'clipboard-sanitized-write';
/** Of the page's own making, without a network. */
const LOCAL_SCHEMES: readonly string[] = [`${APP_SCHEME}:`, 'blob:', 'data:'];

/** `mayInspect`: whether the developer tools, which are pages too, can be opened. */
export function denyPermissions(session: Session, mayInspect: () => boolean): void {
  session.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl, isMainFrame }) =>
    decide(permission === GRANTED && isMainFrame && isOwnAddress(requestingUrl)),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin, { isMainFrame }) =>
      permission === GRANTED && isMainFrame && isOwnAddress(origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    const { protocol } = new URL(url);
    decide({ cancel: !LOCAL_SCHEMES.includes(protocol) && !(protocol === 'devtools:' && mayInspect()) });
  });
}
