// Home Assistant's calendar versions ("2026.4.1", before 2021 "0.101.2"): order, age, and what they can restore.

/** The first releases that read SecureTar v3 (docs/formats.md). */
export const V3_NEEDS = { supervisor: '2026.02.3', core: '2026.3' } as const;

/** Versions up to this one are blocked from remote access as insecure. */
export const LAST_INSECURE_CORE = '2021.1.4';

/** Negative when `a` is older than `b`, 0 when equal or not comparable, positive when newer. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  if (left.length === 0 || right.length === 0) return 0;
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** When a version came out, to the month; null for versions that are not calendar versions of 2021 or later. */
export function releaseMonth(version: string): Date | null {
  const [year, month] = numbers(version);
  if (year === undefined || month === undefined || year < 2021 || month < 1 || month > 12) return null;
  return new Date(Date.UTC(year, month - 1, 1));
}

export function isInsecureCore(version: string): boolean {
  return numbers(version).length > 1 && compareVersions(version, LAST_INSECURE_CORE) <= 0;
}

/** Over two years old at `now`: out of support. Versions before 2021 ("0.x") are. */
export function isOutOfSupport(version: string, now: Date): boolean {
  const released = releaseMonth(version);
  if (released === null) return numbers(version)[0] === 0;
  const limit = new Date(now);
  limit.setUTCFullYear(limit.getUTCFullYear() - 2);
  return released < limit;
}

function numbers(version: string): number[] {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(version.trim());
  return match?.[1] === undefined ? [] : match[1].split('.').map(Number);
}
