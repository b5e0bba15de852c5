// Notices, while an archive is read, what would write outside of the folder it is unpacked to: names that lead out,
// hard links to other places, and files behind a symbolic link out of the folder.

import type { Remark } from '../../../shared/backup.ts';
import type { WalkedEntry } from '../../tar/index.ts';
import { entryParts, unsafeReason } from './entry-name.ts';

/** No honest archive has more links that lead outside; from there on none is remembered. */
const MAX_LINKS = 100_000;

export class UnsafeNames {
  /** Links to container paths (“/config”) are everyday things; only what lies behind one is not. */
  readonly #links = new Set<string>();
  #count = 0;

  take(entry: Pick<WalkedEntry, 'name' | 'type' | 'linkName'>): void {
    const isLink = entry.type === 'symlink';
    const leadsOut = unsafeReason(entry) !== null;
    if ((leadsOut && !isLink) || this.#isBehindLink(entry.name)) this.#count++;
    else if (leadsOut && this.#links.size < MAX_LINKS) this.#links.add(entryParts(entry.name).join('/'));
  }

  remarks(member: string): Remark[] {
    if (this.#count === 0) return [];
    const entries = this.#count === 1 ? 'entry' : 'entries';
    const message = `“${member}” holds ${this.#count} ${entries} whose name or link leads outside. Strongroom never unpacks these; be careful with other programs.`;
    return [{ code: 'UNSAFE_NAMES', member, message }];
  }

  #isBehindLink(name: string): boolean {
    if (this.#links.size === 0) return false;
    const parts = entryParts(name);
    return parts.some((_, index) => index > 0 && this.#links.has(parts.slice(0, index).join('/')));
  }
}
