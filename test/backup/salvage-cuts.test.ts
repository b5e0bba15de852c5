// A backup cut off anywhere: every file that was entirely there before the cut is saved with the right content, and
// nothing else ever is. What must be there is worked out from the formats alone, with zlib and arithmetic.

import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { openBackup } from '../../core/backup/file/backup-file.ts';
import { salvage } from '../../core/backup/index.ts';
import { KeyRing } from '../../core/backup/open/key-ring.ts';
import { openPlaintext } from '../../core/backup/open/member-source.ts';
import { openMembers, sourceOf } from '../../core/backup/open/open-member.ts';
import {
  asInput,
  expectedFiles,
  filesOf,
  fixture,
  keys,
  readIndependently,
  requireGood,
  runner,
  sodium,
  type Files,
} from './repair-samples.ts';

const CHUNK_BYTES = 1_048_576;

interface Part {
  readonly name: string;
  readonly dataOffset: number;
  readonly sizeBytes: number;
  readonly variant: string;
  readonly plaintext: Buffer;
  /** Files with the offset in the tar just after their content. */
  readonly files: readonly { readonly name: string; readonly endBytes: number }[];
}

/** Where everything lies in a whole backup. */
async function mapOf(archive: string): Promise<Part[]> {
  const { path } = await asInput(fixture(archive));
  const backup = await openBackup(path);
  const ring = new KeyRing(sodium, keys);
  try {
    const parts: Part[] = [];
    for (const opened of await openMembers(backup, ring)) {
      const { name, entry, variant } = opened.member;
      const pieces: Buffer[] = [];
      for await (const piece of openPlaintext(backup.handle, sourceOf(path, opened, ring), sodium))
        pieces.push(piece);
      const plaintext = Buffer.concat(pieces);
      const { dataOffset, sizeBytes } = entry;
      parts.push({ name, dataOffset, sizeBytes, variant, plaintext, files: fileEnds(gunzipSync(plaintext)) });
    }
    return parts;
  } finally {
    ring.wipe();
    await backup.close();
  }
}

/** A tar reader of a few lines, for ustar and PAX names. */
function fileEnds(tar: Buffer): { name: string; endBytes: number }[] {
  const files: { name: string; endBytes: number }[] = [];
  let longName: string | null = null;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const type = String.fromCharCode(tar[at + 156] ?? 0);
    const data = tar.subarray(at + 512, at + 512 + size);
    const short = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    if (type === 'x') longName = /\d+ path=(.*)\n/.exec(data.toString('utf8'))?.[1] ?? null;
    else {
      if (type === '0' || type === '1') files.push({ name: longName ?? short, endBytes: at + 512 + size });
      longName = null;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** Names of the files of which nothing is missing in a backup cut at `cutBytes`. */
function survivors({ dataOffset, sizeBytes, variant, plaintext, files }: Part, cutBytes: number): string[] {
  const there = cutBytes - dataOffset;
  if (there >= sizeBytes) return files.map(({ name }) => name);
  const headerBytes = variant === 'v3' ? 136 : 48;
  const body = Math.max(0, there - headerBytes);
  const known = variant === 'v3' ? Math.floor(body / (CHUNK_BYTES + 17)) * CHUNK_BYTES : body - (body % 16);
  if (known < 18) return [];
  const tar = gunzipSync(plaintext.subarray(0, known), { finishFlush: constants.Z_SYNC_FLUSH });
  return files.filter(({ endBytes }) => endBytes <= tar.length).map(({ name }) => name);
}

/** Cuts inside headers, data and padding of every part, at edges of chunks and blocks, and all over the file. */
function cutsOf(parts: readonly Part[], fileBytes: number): number[] {
  const cuts = new Set<number>([1, 511, 512, 513, 1024]);
  // The first part is the large one; of the small ones, which are alike, the first and the last.
  for (const { dataOffset, sizeBytes, variant } of [...parts.slice(0, 2), ...parts.slice(-1)]) {
    const edges = [
      dataOffset - 512,
      dataOffset,
      dataOffset + (variant === 'v3' ? 136 : 48),
      dataOffset + sizeBytes,
    ];
    for (const edge of edges) for (const delta of [-1, 0, 1, 16]) cuts.add(edge + delta);
    const chunk = CHUNK_BYTES + 17;
    if (variant !== 'v3') continue;
    for (let at = dataOffset + 136 + chunk; at < dataOffset + sizeBytes; at += chunk)
      for (const delta of [-1, 0, 1]) cuts.add(at + delta);
  }
  for (let step = 1; step < 12; step++) cuts.add(Math.floor((fileBytes * step) / 12));
  return [...cuts].filter((cut) => cut > 0 && cut < fileBytes).sort((a, b) => a - b);
}

describe.each(['v2-compressed.tar', 'v3-multichunk.tar'])('%s cut off', (archive) => {
  it('gives every file that is wholly there, right, and nothing else', { timeout: 300_000 }, async () => {
    const parts = await mapOf(archive);
    const whole = fixture(archive);
    const right = expectedFiles(archive);
    const seen = { partial: 0, nothing: 0, independent: 0 };
    for (const cut of cutsOf(parts, whole.length)) {
      const wanted = parts.map((part) => [part.name, survivors(part, cut)] as const);
      const { path, folder } = await asInput(whole.subarray(0, cut));
      const report = await salvage(path, { keys, folder }, runner).catch((error: unknown) => {
        expect(['TRUNCATED', 'NOT_A_BACKUP', 'DAMAGED_PAYLOAD', 'DAMAGED_HEADER']).toContain(
          (error as { code: string }).code,
        );
        return null;
      });
      const hasFiles = wanted.some(([, names]) => names.length > 0);
      if (report === null) {
        expect([cut, hasFiles]).toEqual([cut, false]);
        seen.nothing++;
        continue;
      }
      const output = report.outputPath;
      if (output === null) {
        // Only zeros were cut off.
        expect(whole.subarray(cut).every((byte) => byte === 0)).toBe(true);
        continue;
      }
      await requireGood(output);
      const saved = await filesOf(output);
      for (const [name, names] of wanted) {
        const of: Files = saved[name] ?? {};
        expect([cut, name, Object.keys(of).sort()]).toEqual([cut, name, [...names].sort()]);
        for (const [file, content] of Object.entries(of))
          expect([file, content]).toEqual([file, right[name]?.[file]]);
      }
      if (report.members.some(({ status }) => status === 'partial')) seen.partial++;
      if (cut % 9 === 0 && readIndependently(output) !== null) seen.independent++;
    }
    expect(seen.partial).toBeGreaterThan(5);
    expect(seen.nothing).toBeGreaterThan(3);
  });
});
