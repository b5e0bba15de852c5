// The password of a web shell that others can reach: compared through scrypt, one try after another, and slowly where tries go wrong.
// A wrong password is neither logged nor repeated.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** 32 MiB and about a tenth of a second for a try: more would help those who want to keep the machine busy. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const HASH_BYTES = 32;
/** Tries of one address that cost nothing but their time. */
const FREE_TRIES = 5;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** After so long without a wrong try an address is forgotten. */
const FORGET_MS = 60 * 60_000;
/** Of all addresses together, in the time of one wait. */
const MOST_WAITING = 20;
const MOST_ADDRESSES = 10_000;

export type SignInOutcome = 'right' | 'wrong' | 'too-often';

interface Failures {
  count: number;
  lastMs: number;
}

export class SignIn {
  readonly #salt = randomBytes(16);
  readonly #expected: Promise<Buffer>;
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();
  #lane: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** The password stays the caller's to wipe, once `ready` has resolved. `now`: milliseconds that never go back. */
  constructor(password: Buffer, now: () => number) {
    this.#now = now;
    this.#expected = derive(password, this.#salt);
  }

  async ready(): Promise<void> {
    await this.#expected;
  }

  /** `from` is the address of whoever tries. The bytes of the password are zeroed. */
  async attempt(password: Buffer, from: string): Promise<SignInOutcome> {
    try {
      if (this.#waiting >= MOST_WAITING || this.#mustWait(from)) return 'too-often';
      this.#noteFailure(from); // until it proves right, so that tries side by side count each
      this.#waiting++;
      const comparing = this.#lane.then(() => this.#isRight(password));
      this.#lane = comparing.catch(() => undefined);
      const isRight = await comparing.finally(() => this.#waiting--);
      if (!isRight) return 'wrong';
      this.#failures.delete(from);
      return 'right';
    } finally {
      password.fill(0);
    }
  }

  async #isRight(password: Buffer): Promise<boolean> {
    const [given, expected] = await Promise.all([derive(password, this.#salt), this.#expected]);
    return timingSafeEqual(given, expected);
  }

  #mustWait(from: string): boolean {
    const failures = this.#failures.get(from);
    if (failures === undefined) return false;
    const sinceMs = this.#now() - failures.lastMs;
    if (sinceMs > FORGET_MS) {
      this.#failures.delete(from);
      return false;
    }
    const over = failures.count - FREE_TRIES;
    return over >= 0 && sinceMs < Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** over);
  }

  #noteFailure(from: string): void {
    const count = (this.#failures.get(from)?.count ?? 0) + 1;
    this.#failures.delete(from);
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size >= MOST_ADDRESSES) this.#failures.delete(oldest);
    this.#failures.set(from, { count, lastMs: this.#now() });
  }
}

function derive(password: Buffer, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}
