// What goes wrong in a page without anybody seeing it: errors on its console, warnings of Svelte (such as derived_inert: what is shown is
// stale), exceptions, refusals of the Content-Security-Policy.

import type { BrowserContext } from 'playwright-core';

export interface Trouble {
  /** One more browser. */
  watch(context: BrowserContext): void;
  all(): readonly string[];
  /** What the browser says about a program that is not there is no trouble while that is what is tested. */
  whileAway(work: () => Promise<void>): Promise<void>;
  /** Takes out, and answers with, what a test has provoked. */
  take(expected: RegExp): readonly string[];
}

const SVELTE = /https:\/\/svelte\.dev\/e\//;
const CONNECTION = /WebSocket connection to|net::ERR_CONNECTION|net::ERR_EMPTY_RESPONSE/;

export function newTrouble(): Trouble {
  let seen: string[] = [];
  let isAway = false;
  const note = (text: string): void => {
    if (!(isAway && CONNECTION.test(text))) seen.push(text);
  };
  return {
    watch: (context) => {
      context.on('console', (message) => {
        const isOfSvelte = message.type() === 'warning' && SVELTE.test(message.text());
        if (message.type() === 'error' || isOfSvelte)
          note(`console: ${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error) => note(`exception: ${String(error.error().stack ?? error.error())}`));
    },
    all: () => seen,
    whileAway: async (work) => {
      isAway = true;
      try {
        await work();
      } finally {
        isAway = false;
      }
    },
    take: (expected) => {
      const taken = seen.filter((text) => expected.test(text));
      seen = seen.filter((text) => !expected.test(text));
      return taken;
    },
  };
}
