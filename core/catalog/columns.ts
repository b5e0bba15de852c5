// Reading single columns of a row. What is not what was written there is a damaged catalogue, and its content is not told.

import * as v from 'valibot';

import type { PlainError } from '../../shared/errors.ts';
import type { Row } from './database.ts';
import { damaged } from './database-errors.ts';

/** @throws DAMAGED_CATALOG, as all of these */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged();
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw damaged();
  return value;
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column);
}

/** Many rows hold the same text, and reading JSON strictly is slow: what was read last is kept. Nobody changes it. */
const MAX_KEPT = 2000;
const kept = new WeakMap<object, Map<string, unknown>>();

export function parsed<T>(row: Row, column: string, schema: v.GenericSchema<unknown, T>): T {
  const source = text(row, column);
  let known = kept.get(schema);
  if (known === undefined) kept.set(schema, (known = new Map<string, unknown>()));
  if (known.has(source)) return known.get(source) as T;
  const value = parseJson(source, schema);
  if (known.size >= MAX_KEPT) known.clear();
  known.set(source, value);
  return value;
}

function parseJson<T>(source: string, schema: v.GenericSchema<unknown, T>): T {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    throw damaged(error);
  }
  const result = v.safeParse(schema, json);
  if (!result.success) throw damaged();
  return result.output;
}

export function parsedOrNull<T>(row: Row, column: string, schema: v.GenericSchema<unknown, T>): T | null {
  return row[column] === null ? null : parsed(row, column, schema);
}

export function errorOrNull(row: Row, column: string): PlainError | null {
  return parsedOrNull(row, column, PLAIN_ERROR) as PlainError | null;
}

/** What is stored for an error, also for none. */
export function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

const PLAIN_ERROR = v.object({
  code: v.string(),
  message: v.string(),
  hint: v.exactOptional(v.string()),
  details: v.exactOptional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]))),
});

/** Rows by one of their columns, in their order. */
export function grouped<T>(rows: readonly Row[], column: string, read: (row: Row) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = text(row, column);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [read(row)]);
    else group.push(read(row));
  }
  return groups;
}
