// Names that must not reach the terminal as they are, columns, the live line and speed.

import { PassThrough } from 'node:stream';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createFormats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';
import { ProgressReporter } from '../../cli/terminal/progress.ts';
import { Screen } from '../../cli/terminal/screen.ts';
import { SpeedMeter } from '../../cli/terminal/speed-meter.ts';
import { displayWidth, formatTable, pad, shorten } from '../../shared/reports/table.ts';
import { Capture } from './fake-host.ts';

describe('printable', () => {
  it.each([
    ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
    ['a\nb\r', 'a\\u{a}b\\u{d}'],
    ['evil\u202Etxt.exe', 'evil\\u{202e}txt.exe'],
    ['\u009b31m', '\\u{9b}31m'],
    ['каминная-灯 😀', 'каминная-灯 😀'],
    ['lone \ud800', 'lone \\u{d800}'],
  ])('%j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('lets no control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u);
      }),
    );
  });
});

describe('columns', () => {
  it('counts cells', () => {
    expect(displayWidth('abc')).toBe(3);
    expect(displayWidth('灯')).toBe(2);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('😀')).toBe(2);
    expect(pad('灯', 4) + '|').toBe('灯  |');
  });

  it('are as wide as their widest cell', () => {
    expect(
      formatTable(
        [{ title: 'Part' }, { title: 'Size', align: 'right' }],
        [
          ['灯灯灯', '1'],
          ['b', '1000'],
        ],
      ),
    ).toEqual(['Part    Size', '灯灯灯     1', 'b       1000']);
  });

  it('shorten in the middle, and never beyond the width', () => {
    expect(shorten('abcdefghij', 5)).toBe('ab…ij');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, width) => {
        expect(displayWidth(shorten(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('SpeedMeter', () => {
  it('answers after a moment, smoothly, and gets to the true speed', () => {
    const meter = new SpeedMeter(0);
    meter.update(100, 1e6);
    expect(meter.bytesPerSecond).toBeNull();
    for (let now = 200; now <= 20_000; now += 100) meter.update(now, now * 10_000);
    expect(meter.bytesPerSecond).toBeCloseTo(10e6, -3);
    expect(meter.remainingMs(300e6)).toBeCloseTo(10_000, -1);
    meter.update(20_100, 200e6);
    expect(meter.bytesPerSecond).toBeGreaterThan(9e6);
  });

  it('does not go back when a task starts to count again', () => {
    const meter = new SpeedMeter(0);
    meter.update(1000, 100);
    meter.update(2000, 0);
    expect(meter.bytesPerSecond).toBeGreaterThan(0);
    expect(meter.remainingMs(100)).toBe(0);
  });
});

describe('progress', () => {
  function reporter(redraws: boolean, files = 1) {
    const err = new Capture();
    const clock = { now: 0 };
    const screen = new Screen(new Capture(), err, { redraws });
    const list = Array.from({ length: files }, (_, index) => ({ shownAs: `f${index}.tar`, sizeBytes: 1000 }));
    const progress = new ProgressReporter(screen, createFormats('en', 'UTC'), () => clock.now, list);
    return { err, clock, progress };
  }
  const at = (doneBytes: number) => ({ phase: 'reading', doneBytes, totalBytes: 1000 }) as const;

  it('draws one line, at most ten times a second, and clears it at the end', () => {
    const { err, clock, progress } = reporter(true);
    progress.start(0);
    for (let done = 0; done < 1000; done++) {
      clock.now += 2;
      progress.update(0, at(done));
    }
    const drawn = err.text.split('\r\u001b[2K').length;
    expect(drawn).toBeGreaterThan(10);
    expect(drawn).toBeLessThanOrEqual(22);
    expect(err.text).toMatch(/Reading f0\.tar {2}\[#+-*\] {2}\d+% {2}\d+ byte\/s {2}\d sec left/);
    expect(err.text).not.toContain('\n');
    progress.finish(0, 'done');
    progress.close();
    expect(err.text.endsWith('\r\u001b[2K')).toBe(true);
  });

  it('fits into narrow terminals', () => {
    const { err, clock, progress } = reporter(true, 3);
    err.columns = 30;
    progress.start(0);
    progress.start(1);
    clock.now = 2000;
    progress.update(1, at(500));
    for (const line of err.text.split('\r\u001b[2K')) expect(line.length).toBeLessThan(30);
  });

  it('keeps the bar whole and the figures readable however long the names are', () => {
    const err = new Capture();
    const clock = { now: 0 };
    const screen = new Screen(new Capture(), err, { redraws: true });
    const files = ['/a/very/long/path/one-long-name.tar', '/a/very/long/path/another-long-name.tar'];
    const list = files.map((shownAs) => ({ shownAs, sizeBytes: 1e9 }));
    const progress = new ProgressReporter(screen, createFormats('en', 'UTC'), () => clock.now, list);
    progress.start(0);
    progress.start(1);
    clock.now = 2000;
    progress.update(1, { phase: 'writing', doneBytes: 5e8, totalBytes: 1e9 });
    expect(err.text.split('\r\u001b[2K').at(-1)).toMatch(
      /^0 of 2 done.*… ?.*\.tar {2}\[#+-+\] {2}25% {2}250 MB\/s {2}6 sec left$/,
    );
  });

  it('says plain lines at the start, at the end and every ten seconds elsewhere', () => {
    const { err, clock, progress } = reporter(false);
    progress.start(0);
    for (let second = 1; second <= 25; second++) {
      clock.now = second * 1000;
      progress.update(0, at(second * 10));
    }
    progress.finish(0, 'done');
    progress.close();
    expect(err.text.split('\n')).toEqual([
      'strongroom: note: f0.tar: started (1 kB).',
      'strongroom: note: f0.tar: reading, 10%, 10 byte/s, 1 min 30 sec left.',
      'strongroom: note: f0.tar: reading, 20%, 10 byte/s, 1 min 20 sec left.',
      'strongroom: note: f0.tar: finished in 25 sec.',
      '',
    ]);
  });

  it('takes files that have not begun to be like those that have', () => {
    const { err, clock, progress } = reporter(true, 2);
    progress.start(0);
    clock.now = 200;
    progress.update(0, { phase: 'writing', doneBytes: 1000, totalBytes: 2000 });
    expect(err.text).toContain('25%');
  });
});

describe('the screen', () => {
  it('puts the live line aside for what is said and for data', async () => {
    const out = new Capture();
    const err = new Capture();
    const screen = new Screen(out, err, { redraws: true });
    screen.live('live');
    screen.note('said');
    await screen.write('data\n');
    expect(err.text).toBe('live\r\u001b[2Kstrongroom: note: said\nlive\r\u001b[2Klive');
    expect(out.text).toBe('data\n');
  });

  it('goes quiet when the reader has left, and remembers other failures', async () => {
    const gone = new PassThrough();
    const screen = new Screen(gone, new Capture(), { redraws: false });
    gone.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await new Promise((resolve) => gone.on('close', resolve));
    await screen.write('x');
    expect([screen.readerGone, screen.failure]).toEqual([true, null]);

    const full = new PassThrough();
    const other = new Screen(full, new Capture(), { redraws: false });
    full.destroy(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    await new Promise((resolve) => full.on('close', resolve));
    expect(other.failure?.message).toBe('no space');
  });

  it('waits for a slow reader', async () => {
    const slow = new PassThrough({ highWaterMark: 1 });
    const screen = new Screen(slow, new Capture(), { redraws: false });
    let written = false;
    const writing = screen.write('data').then(() => (written = true));
    await Promise.resolve();
    expect(written).toBe(false);
    slow.resume();
    await writing;
    expect(written).toBe(true);
  });
});
