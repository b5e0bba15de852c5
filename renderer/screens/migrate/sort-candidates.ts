// The order of the backups that a batch is about. Pure.

import type { Sorting } from '../../widgets/table-columns.ts';
import { OBSTACLES, type Candidate } from './candidates.ts';

export type CandidateColumn = 'name' | 'way' | 'format' | 'date' | 'copies' | 'size';

/** A new list; what is equal in the column stays in the order of the library. */
export function sortCandidates(
  candidates: readonly Candidate[],
  { column, direction }: Sorting<CandidateColumn>,
  compareNames: (a: string, b: string) => number,
): readonly Candidate[] {
  const compare = orderBy(column, compareNames);
  const sign = direction === 'ascending' ? 1 : -1;
  return [...candidates].sort((a, b) => sign * compare(a, b));
}

function orderBy(
  column: CandidateColumn,
  compareNames: (a: string, b: string) => number,
): (a: Candidate, b: Candidate) => number {
  switch (column) {
    case 'name':
      return (a, b) => compareNames(a.backup.name, b.backup.name);
    case 'way':
      return (a, b) => OBSTACLES.indexOf(a.obstacle) - OBSTACLES.indexOf(b.obstacle);
    case 'format':
      return (a, b) => compareNames(a.backup.format, b.backup.format);
    case 'date':
      return (a, b) => Date.parse(a.backup.date ?? '1970') - Date.parse(b.backup.date ?? '1970');
    case 'copies':
      return (a, b) => a.backup.copies.length - b.backup.copies.length;
    case 'size':
      return (a, b) => a.backup.sizeBytes - b.backup.sizeBytes;
  }
}
