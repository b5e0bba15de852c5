// PAX extended header records ("<length> <key>=<value>\n", POSIX pax Interchange Format), read strictly and
// written back with every key kept in order.

import { StrongroomError } from '../../shared/errors.ts';

export type PaxRecords = ReadonlyMap<string, string>;

/** @throws DAMAGED_HEADER */
export function decodePax(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes[offset] === 0) break; // some writers pad with zeros
    const space = bytes.indexOf(0x20, offset);
    const digits = space === -1 ? '' : bytes.toString('latin1', offset, space);
    if (!/^[1-9]\d{0,9}$/.test(digits)) throw damaged();
    const end = offset + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    if (bytes[end - 1] !== 0x0a || equals === -1 || equals >= end) throw damaged();
    records.set(bytes.toString('utf8', space + 1, equals), bytes.toString('utf8', equals + 1, end - 1));
    offset = end;
  }
  return records;
}

export function encodePax(records: PaxRecords): Buffer {
  return Buffer.concat([...records].map(([key, value]) => record(key, value)));
}

/** A size from a PAX record. @throws DAMAGED_HEADER */
export function paxSize(records: PaxRecords): number | null {
  const value = records.get('size');
  if (value === undefined) return null;
  if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) throw damaged();
  return Number(value);
}

function record(key: string, value: string): Buffer {
  const body = Buffer.from(` ${key}=${value}\n`, 'utf8');
  let total = body.length + 1;
  while (String(total).length + body.length !== total) total = String(total).length + body.length;
  return Buffer.concat([Buffer.from(String(total), 'latin1'), body]);
}

function damaged(): StrongroomError {
  return new StrongroomError('DAMAGED_HEADER', 'A PAX header of the archive is damaged.');
}
