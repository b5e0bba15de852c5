// Several real processes reach for one output at the same instant, many times over: one has it, the others are told
// so, and nothing is lost.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { leaveJournal } from '../support/dead-owner.ts';
import { scratch } from '../support/fixtures.ts';
import { namesIn } from '../support/folder-state.ts';

const CHILD = fileURLToPath(new URL('../support/race-child.ts', import.meta.url));
const RACERS = 3;
const ROUNDS = 60;
/** Long enough for the order to reach all. */
const START_IN_MS = 15;

class Racer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#child = spawn(process.execPath, [CHILD]);
    this.#child.stderr.pipe(process.stderr);
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async order(what: string, at: number, path: string): Promise<string> {
    this.#child.stdin.write(`${what} ${at} ${path}\n`);
    const { value } = await this.#answers.next();
    return value as string;
  }

  end(): void {
    this.#child.stdin.end();
  }
}

let racers: Racer[] = [];
beforeAll(() => {
  racers = Array.from({ length: RACERS }, () => new Racer());
});
afterAll(() => {
  for (const racer of racers) racer.end();
});

function race(order: string, path: string): Promise<string[]> {
  const at = Date.now() + START_IN_MS;
  return Promise.all(racers.map((racer) => racer.order(order, at, path)));
}

it('of several that begin the same output, one writes it and none disturbs it', async () => {
  const folder = await scratch();
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(folder, `${round}.tar`);
    const answers = await race('create', path);
    const winners = answers.filter((answer) => answer.startsWith('won'));
    expect(winners.length, answers.join()).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe(`written by ${winners[0]?.slice(4)}`);
    for (const answer of answers) expect(answer).toMatch(/^(won \d+|BUSY|OUTPUT_REFUSED)$/);
  }
  expect((await namesIn(folder)).length).toBe(ROUNDS);
});

it('of several that find what a dead process left, one takes it over', async () => {
  const folder = await scratch();
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(folder, `${round}.tar`);
    await leaveJournal(path, { step: 'writing' });
    const answers = await race('take-over', path);
    expect(answers.sort()).toEqual(['BUSY', 'BUSY', 'won']);
  }
});

it('of several that recover a swap, each ends well or finds another at it, and it is finished once', async () => {
  const folder = await scratch();
  for (let round = 0; round < ROUNDS; round++) {
    const name = `${round}.tar`;
    const path = join(folder, name);
    writeFileSync(path, 'the original');
    const { size, mtimeMs } = statSync(path);
    const replaces = { sizeBytes: size, mtimeMs };
    await leaveJournal(path, { step: 'verified', replaces, originals: 'keep', outputBytes: 7 });
    writeFileSync(`${path}.partial`, 'the new');
    const answers = await race('recover', path);
    expect(answers).toContain('recovered');
    for (const answer of answers) expect(answer).toMatch(/^(recovered|BUSY)$/);
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}.orig`, 'utf8')]).toEqual([
      'the new',
      'the original',
    ]);
    expect((await namesIn(folder)).filter((found) => found.startsWith(`${round}.`))).toEqual([
      name,
      `${name}.orig`,
    ]);
  }
});
