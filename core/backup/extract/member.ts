// One member's entries put into its folder, and everything that is done with a name on the way noted: what was
// changed, left out, or only recorded. Decides; creating is up to the output (extract-output.ts).

import { relative } from 'node:path/posix';

import type { ExtractReport } from '../../../shared/backup.ts';
import type { WalkedEntry } from '../../tar/index.ts';
import { entryParts, unsafeLink, unsafeName, unsafeReason } from '../read/entry-name.ts';
import type { ExtractOutput, NewFile } from './output.ts';
import { ExtractPlaces } from './places.ts';
import { hostName, type HostPlatform } from './host-name.ts';

/** The report while it grows. */
export interface ExtractTally {
  fileCount: number;
  bytes: number;
  readonly renamed: ExtractReport['renamed'][number][];
  readonly links: ExtractReport['links'][number][];
  readonly skipped: ExtractReport['skipped'][number][];
}

export interface MemberRules {
  readonly member: string;
  /** The member's folder, below the output folder. */
  readonly folder: string;
  readonly platform: HostPlatform;
  /** Leading components of an entry's name to leave out. */
  readonly strip: number;
  readonly links: 'record' | 'create';
}

interface PendingLink {
  readonly name: string;
  readonly parts: readonly string[];
  readonly target: string;
}

export class MemberExtraction {
  readonly #rules: MemberRules;
  readonly #output: ExtractOutput;
  readonly #tally: ExtractTally;
  readonly #places: ExtractPlaces;
  /** Files by their name in the archive, for the hard links to them. */
  readonly #files = new Map<string, { readonly path: readonly string[]; readonly sizeBytes: number }>();
  readonly #pending: PendingLink[] = [];

  constructor(rules: MemberRules, output: ExtractOutput, tally: ExtractTally) {
    this.#rules = rules;
    this.#output = output;
    this.#tally = tally;
    this.#places = new ExtractPlaces(rules.platform);
  }

  /** @throws NO_SPACE, OUTPUT_REFUSED, CANCELLED, and whatever reading the entry throws */
  async take(entry: WalkedEntry): Promise<void> {
    const { name, type } = entry;
    const unsafe = type === 'symlink' ? unsafeName(name) : unsafeReason(entry);
    if (unsafe !== null) return this.#skip(name, unsafe);
    const allParts = entryParts(name);
    const parts = allParts.slice(this.#rules.strip);
    if (type === 'directory') {
      if (parts.length > 0 || allParts.length === 0) await this.#takeFolder(name, parts);
      return;
    }
    if (parts.length === 0) {
      const reason =
        allParts.length === 0 ? 'its name is empty' : 'nothing of its name is left once stripped';
      return this.#skip(name, reason);
    }
    switch (type) {
      case 'file':
        return this.#takeFile(entry, parts);
      case 'hardlink':
        return this.#takeHardLink(entry, parts);
      case 'symlink':
        this.#pending.push({ name, parts, target: entry.linkName });
        return;
      case 'other':
        return this.#skip(name, 'it is a device, a pipe or something else that is no file');
    }
  }

  /** After the last entry, damaged or not: links come last, so that no entry can be written through one. */
  async finish(): Promise<void> {
    for (const pending of this.#pending.splice(0)) await this.#takeSymbolicLink(pending);
  }

  async #takeFolder(name: string, parts: readonly string[]): Promise<void> {
    const path = this.#below(this.#places.folderPath(parts));
    const reason = await this.#output.makeFolder(path);
    if (reason !== null) return this.#skip(name, reason);
    this.#noteName(name, parts, path, 0);
  }

  async #takeFile(entry: WalkedEntry, parts: readonly string[]): Promise<void> {
    const path = this.#below(this.#places.newPath(parts));
    const reason = await this.#output.writeFile(newFile(entry, path, entry.sizeBytes), entry.data());
    if (reason !== null) return this.#skip(entry.name, reason);
    this.#noteFile(entry.name, parts, path, entry.sizeBytes);
  }

  async #takeHardLink(entry: WalkedEntry, parts: readonly string[]): Promise<void> {
    const original = this.#files.get(keyOf(entry.linkName));
    if (original === undefined) {
      const reason = `it is a hard link to “${entry.linkName}”, which was not extracted: extract that file too`;
      return this.#skip(entry.name, reason);
    }
    const { sizeBytes } = original;
    const path = this.#below(this.#places.newPath(parts));
    const reason = await this.#output.copyFile(newFile(entry, path, sizeBytes), original.path);
    if (reason !== null) return this.#skip(entry.name, reason);
    this.#noteFile(entry.name, parts, path, sizeBytes);
  }

  async #takeSymbolicLink({ name, parts, target }: PendingLink): Promise<void> {
    const { links, member } = this.#rules;
    const recorded = { member, name, target };
    if (links === 'record') {
      this.#tally.links.push(recorded);
      return;
    }
    let reason = unsafeLink(parts, target);
    if (reason === null) {
      const path = this.#places.newPath(parts);
      reason = await this.#output.makeLink(this.#below(path), this.#targetHere(parts, path, target));
      if (reason === null) return this.#noteName(name, parts, this.#below(path), 0);
    }
    this.#tally.links.push(recorded);
    this.#skip(name, reason);
  }

  /** The target as it is called here, where names on the way had to be changed; it stays inside, see `unsafeLink`. */
  #targetHere(parts: readonly string[], path: readonly string[], target: string): string {
    const steps = entryParts(target);
    const up = steps.filter((step) => step === '..').length;
    const meant = [...parts.slice(0, parts.length - 1 - up), ...steps.slice(up)];
    const here = this.#places.find(meant);
    const changed = here.join('/') !== meant.join('/') || path.join('/') !== parts.join('/');
    return changed ? relative(`/${path.slice(0, -1).join('/')}`, `/${here.join('/')}`) || '.' : target;
  }

  #below(path: readonly string[]): string[] {
    return [this.#rules.folder, ...path];
  }

  #noteFile(name: string, parts: readonly string[], path: readonly string[], sizeBytes: number): void {
    this.#files.set(keyOf(name), { path, sizeBytes });
    this.#tally.fileCount++;
    this.#tally.bytes += sizeBytes;
    this.#noteName(name, parts, path, sizeBytes);
  }

  #noteName(name: string, parts: readonly string[], path: readonly string[], sizeBytes: number): void {
    const { member } = this.#rules;
    const writtenAs = path.join('/');
    if (writtenAs !== [member, ...parts].join('/')) {
      this.#tally.renamed.push({ member, name, writtenAs, sizeBytes });
    }
  }

  #skip(name: string, reason: string): void {
    this.#tally.skipped.push({ member: this.#rules.member, name, reason });
  }
}

/** A member's name is data like any other: one folder name, wherever its slashes would lead. */
export function memberFolderName(member: string, platform: HostPlatform): string {
  const flat = member.replace(/[/\\\0]/g, '_');
  return hostName(/^\.{0,2}$/.test(flat) ? `_${flat}` : flat, platform);
}

function newFile({ mode, mtimeSeconds }: WalkedEntry, path: readonly string[], sizeBytes: number): NewFile {
  return { path, sizeBytes, mode, mtimeSeconds };
}

function keyOf(name: string): string {
  return entryParts(name).join('/');
}
