// Hands the interface to the window under app://strongroom: a fixed map from addresses to bytes, read once, so that no path of a
// request ever reaches the disk. Every answer carries the policy that the page lives under.

import { protocol, type Session } from 'electron';

import { interfacePolicy, readInterface, type InterfaceFile } from '../core/service/index.ts';
import { APP_SCHEME, isOwnAddress } from './app-address.ts';

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': interfacePolicy('nowhere'),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Before the program is ready, once. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** `folder`: the built interface. @throws what the system says where it cannot be read */
export function serveInterface(session: Session, folder: string): void {
  const files = readInterface(folder);
  session.protocol.handle(APP_SCHEME, (request) => answer(request, files));
}

function answer({ url, method }: Request, files: ReadonlyMap<string, InterfaceFile>): Response {
  if (!isOwnAddress(url)) return refusal(404);
  if (method !== 'GET') return refusal(405);
  const { pathname } = new URL(url);
  const file = files.get(pathname);
  if (file === undefined) return refusal(404);
  return new Response(file.bytes, { headers: { ...HEADERS, 'content-type': file.type } });
}

function refusal(status: 404 | 405): Response {
  return new Response(null, { status, headers: HEADERS });
}
