// Full hours of the day as the person writes them. Pure.

import { startOfDay } from '../../../shared/verification-plan.ts';
import * as formats from '../../app/formats.ts';

/** Any day on which no zone changes its clock. */
const SOME_DAY = new Date('2026-01-15T12:00:00Z');
const HOUR_MS = 3_600_000;

/**
 * "10:00 PM", "22:00".
 * @param hour 0 to 23, by the clock of `timeZone`, which has to be the one that `formats` writes times in
 */
export function hourLabel(hour: number, timeZone: string): string {
  return formats.time(new Date(startOfDay(SOME_DAY, timeZone).getTime() + hour * HOUR_MS).toISOString());
}
