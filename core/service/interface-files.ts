// The interface as it was built, for whoever hands it to a page: a fixed map from addresses to bytes, read once. What is not in it
// cannot be asked for, and a new build beside a program that runs takes nothing from under it. And the policy a page lives under.

import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';

const PAGE = '/index.html';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export interface InterfaceFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
}

/** By the path of the address: `/`, `/assets/index-….js`. @throws IO_FAILED, or what the system says, where there is none */
export function readInterface(folder: string): ReadonlyMap<string, InterfaceFile> {
  const files = new Map<string, InterfaceFile>();
  readInto(files, folder, '');
  const page = files.get(PAGE);
  if (page === undefined)
    throw new StrongroomError('IO_FAILED', 'The interface is not complete: its page is missing.');
  return files.set('/', page);
}

/**
 * The content security policy of the page: nothing inline, nothing from elsewhere.
 * @param connects 'to-its-origin' where calls go over a socket; 'nowhere' where they go through a bridge
 */
export function interfacePolicy(connects: 'to-its-origin' | 'nowhere'): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    ...(connects === 'to-its-origin' ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function readInto(files: Map<string, InterfaceFile>, folder: string, path: string): void {
  for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
    const inside = `${path}/${entry.name}`;
    const type = TYPES[extname(entry.name)];
    if (entry.isDirectory()) readInto(files, folder, inside);
    else if (type !== undefined) {
      const bytes = new Uint8Array(readFileSync(join(folder, inside)));
      files.set(inside, { type, bytes, isHashed: inside.startsWith('/assets/') });
    }
  }
}
