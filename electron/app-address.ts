// The one origin of the interface. Custom schemes have no origin in Node's URL, so their parts are compared.

export const APP_SCHEME = 'app';
const APP_HOST = 'strongroom';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** The address of a screen; a route is as notices have it, with or without “#”. */
export function addressOf(route = ''): string {
  const url = new URL(`${APP_ORIGIN}/`);
  url.hash = route;
  return url.href;
}

export function isOwnAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  return protocol === `${APP_SCHEME}:` && host === APP_HOST && username === '' && password === '';
}
