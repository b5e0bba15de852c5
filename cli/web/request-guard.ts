// What is asked of every request before anything else, whoever sends it: is it meant for us, and does it come from our own page? A
// browser says both truly; what another program says is no matter here, because it has no cookie.

import type { IncomingMessage } from 'node:http';

import type { Addresses } from './addresses.ts';

export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/** null: go on. */
export function refusalOf({ method = '', headers }: IncomingMessage, addresses: Addresses): Refusal | null {
  const origin = addresses.originFor(headers.host);
  if (origin === null) {
    return {
      status: 421,
      text: `Strongroom does not answer to this name. Open ${addresses.origin} instead.`,
    };
  }
  if (headers.origin !== undefined && headers.origin !== origin) return foreign();
  const isReading = method === 'GET' || method === 'HEAD';
  const isUpgrade = headers.upgrade !== undefined;
  if (headers.origin === undefined && (!isReading || isUpgrade)) return foreign();
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  // Somebody may follow a link to here; its cookie does not come along (SameSite).
  const isVisit = isReading && headers['sec-fetch-mode'] === 'navigate';
  if (!isOwn && !isVisit) return foreign();
  // A link that is only looked at in advance must not use up a token.
  if (String(headers['sec-purpose'] ?? '').includes('prefetch'))
    return { status: 503, text: 'Not in advance.' };
  return null;
}

function foreign(): Refusal {
  return { status: 403, text: 'Strongroom takes this from its own page only.' };
}
