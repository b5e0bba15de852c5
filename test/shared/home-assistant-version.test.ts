// Home Assistant's versions: their order, and when they are insecure or out of support.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  LAST_INSECURE_CORE,
  V3_NEEDS,
  compareVersions,
  isInsecureCore,
  isOutOfSupport,
  releaseMonth,
} from '../../shared/home-assistant-version.ts';

describe('order', () => {
  test('oldest to newest, over both ways of counting', () => {
    const ordered = [
      '0.7',
      '0.101.2',
      '0.118',
      '2020.12.0',
      '2021.1.4',
      '2021.1.5',
      '2021.9.7',
      '2021.10.0',
      '2025.02.0',
      '2026.02.3',
      '2026.3',
    ];
    for (const [index, version] of ordered.entries())
      for (const [other, second] of ordered.entries())
        expect(Math.sign(compareVersions(version, second)), `${version} ${second}`).toBe(
          Math.sign(index - other),
        );
  });

  test.each([
    ['2026.02.3', '2026.2.3'],
    ['2026.4', '2026.4.0'],
    ['v2026.4.1', '2026.4.1'],
    [' 2026.4.1 ', '2026.4.1'],
    ['2026.4.0b3', '2026.4.0'],
    ['2026.4.0.dev20260301', '2026.4.0'],
  ])('“%s” and “%s” are alike', (a, b) => expect(compareVersions(a, b)).toBe(0));

  test('what is no version is not compared', () => {
    for (const text of ['', 'dev', 'landingpage', '-1', '.5'])
      expect(compareVersions(text, '2026.4')).toBe(0);
  });

  test('it is the same backwards', () => {
    const version = fc.array(fc.nat(2100), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
      }),
    );
  });
});

describe('age', () => {
  test('the month of release is told for calendar versions alone', () => {
    expect(releaseMonth('2025.6.1')?.toISOString()).toBe('2025-06-01T00:00:00.000Z');
    for (const version of ['0.118.5', '2020.12.1', '2025', '2025.13.0', '2025.0.1', 'dev', ''])
      expect(releaseMonth(version), version).toBeNull();
  });

  test.each([
    ['0.118.5', '2021-01-01', true],
    ['2024.6.0', '2026-05-31', false],
    ['2024.6.0', '2026-06-01', false],
    ['2024.6.0', '2026-06-02', true],
    ['2026.6.0', '2026-06-02', false],
    ['dev', '2030-01-01', false],
    ['', '2030-01-01', false],
    ['2022.3.0', '2024-02-29', false],
  ])('%s is out of support on %s: %s', (version, now, expected) => {
    expect(isOutOfSupport(version, new Date(now))).toBe(expected);
  });

  test.each([
    [LAST_INSECURE_CORE, true],
    ['2021.1.3', true],
    ['0.118', true],
    ['2021.1.5', false],
    ['2021.2.0', false],
    ['2021', false],
    ['dev', false],
    ['', false],
  ])('“%s” is insecure: %s', (version, expected) => expect(isInsecureCore(version)).toBe(expected));
});

test('v3 is read from these versions on', () => {
  expect(compareVersions('2026.02.2', V3_NEEDS.supervisor)).toBeLessThan(0);
  expect(compareVersions('2026.3.0', V3_NEEDS.core)).toBe(0);
});
