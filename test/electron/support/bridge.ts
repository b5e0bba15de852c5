// The bridge as the page has it, used by a test in the place of the interface.

import type { Page } from 'playwright-core';
import { expect } from 'vitest';

import type { AnswerOf, CallName, InputOf, Reply, StrongroomEvent } from '../../../shared/contract/index.ts';
import { eventually } from './eventually.ts';

interface Bridge {
  invoke(name: string, input: unknown): Promise<Reply>;
  subscribe(listener: (event: StrongroomEvent) => void): () => void;
  pathOf(file: File): string;
}

declare global {
  interface Window {
    /** What a test heard. */
    heard?: StrongroomEvent[];
  }
}

export function replyOf(page: Page, name: string, input: unknown): Promise<Reply> {
  return page.evaluate(
    ([called, given]) => (window as unknown as { strongroom: Bridge }).strongroom.invoke(called, given),
    [name, input] as const,
  );
}

/** @throws the error that the call gave, as text */
export async function call<N extends CallName>(page: Page, name: N, input: InputOf<N>): Promise<AnswerOf<N>> {
  const reply = await replyOf(page, name, input);
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`);
  return reply.value as AnswerOf<N>;
}

/** Call it before what is to be heard. */
export async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const heard: StrongroomEvent[] = [];
    window.heard = heard;
    (window as unknown as { strongroom: Bridge }).strongroom.subscribe((event) => heard.push(event));
  });
}

/** Waits until the page has heard it. */
export async function hears(page: Page, event: Partial<StrongroomEvent>): Promise<void> {
  await eventually(() => page.evaluate(() => window.heard ?? [])).toContainEqual(
    expect.objectContaining(event),
  );
}
