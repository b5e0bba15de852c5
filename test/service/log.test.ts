// The log: it says what happened, never grows without end, and never stops the program.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { openLog, type Log } from '../../core/service/log.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { scratch } from '../support/fixtures.ts';

async function newLog(): Promise<{ readonly log: Log; readonly folder: string }> {
  const folder = join(await scratch(), 'logs');
  const log = openLog(folder);
  onTestFinished(() => log.close());
  return { log, folder };
}

it('writes a line with time, level, area and message, which only its owner may read', async () => {
  const { log } = await newLog();
  log.warn('settings', 'Not all of it was understood.');
  log.failure('call', 'keys.list', new StrongroomError('NO_VAULT', 'There is no vault yet.'));
  const text = readFileSync(log.path, 'utf8');
  expect(text.split('\n').map((line) => line.replace(/^\S+Z /, ''))).toEqual([
    'warn settings Not all of it was understood.',
    'error call keys.list: NO_VAULT There is no vault yet.',
    '',
  ]);
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z warn /);
  if (process.platform !== 'win32') expect(statSync(log.path).mode & 0o777).toBe(0o600);
});

it('goes on with the file of the last start', async () => {
  const { log, folder } = await newLog();
  log.info('start', 'first');
  log.close();
  const next = openLog(folder);
  onTestFinished(() => next.close());
  next.info('start', 'second');
  expect(next.tail(10)).toMatch(/first\n.* second\n$/);
});

it('keeps a message on its line, whatever a path holds', async () => {
  const { log } = await newLog();
  log.info('scan', 'a “/x/\n2026-01-01T00:00:00Z error call forged\u2028\u0007.tar”');
  expect(log.tail(10).split('\n')).toHaveLength(2);
  expect(log.tail(10)).toContain('\\n2026');
});

it('begins a new file at a mebibyte and keeps five old ones', async () => {
  const { log, folder } = await newLog();
  const message = 'x'.repeat(3900);
  const linesPerFile = Math.floor((1024 * 1024) / 3940);
  for (let line = 0; line < linesPerFile * 8; line++) log.info('test', `${line} ${message}`);
  expect(readdirSync(folder).sort()).toEqual([
    'strongroom.1.log',
    'strongroom.2.log',
    'strongroom.3.log',
    'strongroom.4.log',
    'strongroom.5.log',
    'strongroom.log',
  ]);
  for (const name of readdirSync(folder))
    expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1024 * 1024);
  const tail = log.tail(2000).split('\n');
  expect(tail.at(-2)).toContain(` ${linesPerFile * 8 - 1} x`);
  expect(tail.length).toBeGreaterThan(1 + linesPerFile); // also from the file before
});

it('gives the newest lines, no more than are asked for', async () => {
  const { log } = await newLog();
  for (let line = 0; line < 50; line++) log.info('test', `line ${line}.`);
  expect(log.tail(2)).toMatch(/line 48\.\n.*line 49\.\n$/);
  expect(log.tail(2)).not.toContain('line 47.');
});

it('cuts a message that has no end', async () => {
  const { log } = await newLog();
  log.info('test', 'y'.repeat(100_000));
  expect(log.tail(1).length).toBeLessThan(5000);
});

it('is silent where it cannot be written, after one warning', async () => {
  const folder = await scratch();
  writeFileSync(join(folder, 'taken'), '');
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const log = openLog(join(folder, 'taken'));
  log.info('test', 'one');
  log.error('test', 'two');
  expect(log.tail(10)).toBe('');
  log.close();
  await new Promise((resolve) => setImmediate(resolve)); // warnings are told in the next turn
  expect(warnings.filter((message) => message.startsWith('The log cannot be written'))).toHaveLength(1);
});
