// What every answer of the web shell tells the browser: nothing runs, loads, frames or connects but what comes from here.

import { interfacePolicy } from '../../core/service/index.ts';

/** For the page that asks for the password: a form, and no script. */
const DOOR_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ALWAYS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), payment=(), serial=(), usb=()',
  'cache-control': 'no-store',
};

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...ALWAYS,
  'content-security-policy': interfacePolicy('to-its-origin'),
  'referrer-policy': 'no-referrer',
};

/** Under no-referrer a browser would not say where a form comes from, and the form would be refused. */
export const DOOR_HEADERS: Readonly<Record<string, string>> = {
  ...ALWAYS,
  'content-security-policy': DOOR_POLICY,
  'referrer-policy': 'same-origin',
};
