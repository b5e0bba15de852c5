// Reads docs/json.md: the fields that a section's table names.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const DOCS = readFileSync(join(import.meta.dirname, '../../docs/json.md'), 'utf8');

/** Field names of the table under a heading; empty where there is no such heading. */
export function documentedFields(heading: string): string[] {
  const section = DOCS.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) return [];
  return [...section.matchAll(/^\| `(\w+)`\s*\|/gm)].map((match) => match[1] ?? '');
}
