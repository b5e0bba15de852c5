// Which backup.json goes into a salvaged backup, and what its owner must know about it.

import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';

import type { Remark } from '../../../shared/backup.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { isEncrypted } from '../file/member.ts';
import { rewriteMetadata } from '../file/metadata.ts';
import { makeEntry } from './adopt.ts';
import { available, type Assessment } from './assess.ts';
import type { Found, FoundMetadata } from './find.ts';
import { isAddon, isVersionFile, makeMetadata, readVersionFile, type SavedPart } from './metadata.ts';
import { readSmallFiles } from './survey.ts';
import type { OutputPart } from './write.ts';

export interface MetadataJob {
  readonly path: string;
  readonly handle: FileHandle;
  readonly ring: KeyRing;
  readonly found: Found;
  readonly assessments: readonly Assessment[];
  readonly signal: AbortSignal | undefined;
}

/** @throws CANCELLED */
export async function metadataPart(
  job: MetadataJob,
): Promise<{ readonly part: OutputPart; readonly remarks: readonly Remark[] }> {
  const { found, assessments } = job;
  const saved = assessments.filter(({ fate }) => fate.kind !== 'lost');
  const { metadata } = found;
  if (metadata !== null && metadata.parsed !== null) {
    const declared = metadata.parsed.metadata.protected;
    const isProtected = protectionOfSaved(saved) ?? declared;
    const bytes = isProtected === declared ? metadata.bytes : rewriteMetadata(metadata.bytes, isProtected);
    const part = partOf(metadata.entry, bytes);
    return { part, remarks: [] };
  }
  const parts: SavedPart[] = [];
  for (const assessment of saved) parts.push(await describePart(job, assessment));
  const bytes = makeMetadata({
    fileName: basename(job.path),
    modified: found.scan.modified,
    parts,
    isProtected: protectionOfSaved(saved) ?? false,
    remains: metadata?.bytes ?? null,
  });
  const mtimeSeconds = Math.floor(found.scan.modified.getTime() / 1000);
  const place = { headerOffset: found.scan.fileBytes, dataOffset: found.scan.fileBytes, mtimeSeconds };
  const entry =
    metadata?.entry.name === 'backup.json'
      ? metadata.entry
      : makeEntry({ ...place, storedName: './backup.json', sizeBytes: bytes.length });
  return { part: partOf(entry, bytes), remarks: [madeAnewRemark(parts)] };
}

/** True where the metadata that was found cannot be used. */
export function remakesMetadata({ parsed }: FoundMetadata): boolean {
  return parsed === null;
}

function partOf(entry: OutputPart['entry'], bytes: Buffer): OutputPart {
  // eslint-disable-next-line @typescript-eslint/require-await -- one piece, already here
  const content = async function* () {
    yield bytes;
  };
  return { entry, sizeBytes: bytes.length, isCopied: false, content };
}

/** null where the saved parts do not agree, or there are none: then what was declared stays. */
function protectionOfSaved(saved: readonly Assessment[]): boolean | null {
  const states = new Set(
    saved
      .filter(({ opening }) => opening.member.variant !== 'empty' && opening.member.variant !== 'opaque')
      .map(({ opening }) => opening.mended !== null || isEncrypted(opening.member.variant) === true),
  );
  const [only] = states;
  return states.size === 1 && only !== undefined ? only : null;
}

async function describePart(job: MetadataJob, assessment: Assessment): Promise<SavedPart> {
  const { opening, fate } = assessment;
  const { name, entry } = opening.member;
  let known: Partial<SavedPart> = {};
  if (opening.error === null && (name === 'homeassistant' || isAddon(name))) {
    const fineFromBytes = fate.kind === 'rebuild' ? fate.survey.fineFromBytes : null;
    const plaintext = available({ ...job, onBytes: () => undefined }, opening);
    await readSmallFiles(plaintext, { fineFromBytes }, isVersionFile, (entryName, content) => {
      known = { ...known, ...readVersionFile(entryName, content) };
    });
  }
  return {
    name,
    storedBytes: entry.sizeBytes,
    compressed: /\.(tar\.gz|tgz)$/i.test(entry.name),
    version: known.version ?? null,
    title: known.title ?? null,
  };
}

function madeAnewRemark(parts: readonly SavedPart[]): Remark {
  const core = parts.find(({ name }) => name === 'homeassistant');
  const unlisted =
    core !== undefined && core.version === null
      ? ' Which version of Home Assistant it was is not known, so Home Assistant will not offer to restore its settings; extract them.'
      : '';
  const message = `backup.json was lost or unreadable and was made anew from what the saved parts tell: name and date are not the original ones where those could not be read.${unlisted}`;
  return { code: 'METADATA_MADE_ANEW', message };
}
