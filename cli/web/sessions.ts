// Who is let in: a browser that brought the one-time token of the printed address, or signed in with the password, gets a cookie, and
// from then on only the cookie counts. Tokens and cookies live in memory and die with the program; neither is ever logged.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
/** Browsers, not windows. The one that was quiet for longest has to sign in anew. */
const MOST_SESSIONS = 100;

export interface SessionsOptions {
  /** Part of the cookie's name: browsers send cookies of one port to all others of a computer. */
  readonly port: number;
  /** Browsers reach it by https. */
  readonly isSecure: boolean;
  /** Milliseconds without a request after which a browser has to sign in anew; null for never. */
  readonly idleMs: number | null;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #cookieName: string;
  /** When each was last used, by the hash of its cookie; the longest quiet first. */
  readonly #lastUsed = new Map<string, number>();
  #token: Buffer | null = null;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#cookieName = `${options.isSecure ? '__Host-' : ''}strongroom-${options.port}`;
  }

  /** A new one-time token, in the place of the last one. */
  newToken(): string {
    const token = randomBytes(SECRET_BYTES).toString('base64url');
    this.#token = hash(token);
    return token;
  }

  /** Uses the token up. False where it is another one, or was used before. */
  redeem(token: string): boolean {
    if (this.#token === null || !timingSafeEqual(this.#token, hash(token))) return false;
    this.#token = null;
    return true;
  }

  /** Lets a browser in: the value of its Set-Cookie header. */
  begin(): string {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    if (this.#lastUsed.size >= MOST_SESSIONS) {
      const [quietest] = this.#lastUsed.keys();
      if (quietest !== undefined) this.#lastUsed.delete(quietest);
    }
    this.#note(hash(secret).toString('hex'));
    const secure = this.#options.isSecure ? '; Secure' : '';
    return `${this.#cookieName}=${secret}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }

  /** Whether the Cookie header of a request is one of a browser that was let in; it counts as a use. */
  admits(cookieHeader: string | undefined): boolean {
    const id = this.#idOf(cookieHeader);
    if (id === null) return false;
    this.#note(id);
    return true;
  }

  /** Whether it was let in, which is no use of it: for connections that stay open. */
  knows(cookieHeader: string | undefined): boolean {
    return this.#idOf(cookieHeader) !== null;
  }

  #idOf(cookieHeader: string | undefined): string | null {
    const secret = readCookie(cookieHeader, this.#cookieName);
    if (secret === null) return null;
    const id = hash(secret).toString('hex');
    const lastUsed = this.#lastUsed.get(id);
    if (lastUsed === undefined) return null;
    const { idleMs, now } = this.#options;
    if (idleMs === null || now() - lastUsed <= idleMs) return id;
    this.#lastUsed.delete(id);
    return null;
  }

  #note(id: string): void {
    this.#lastUsed.delete(id);
    this.#lastUsed.set(id, this.#options.now());
  }
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}
