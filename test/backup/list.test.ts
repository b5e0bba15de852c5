// Listing: every entry in order, everything readable before an error, and nothing left open.

import { readdirSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

import { list, type ListOptions } from '../../core/backup/index.ts';
import type { ArchiveEntry } from '../../shared/backup.ts';
import { errorCode } from '../../shared/errors.ts';
import { expected, fixturePath, keys, plainBackup, sodium, temporaryFolder } from './extract-samples.ts';

async function listed(
  path: string,
  options: Partial<ListOptions> = {},
): Promise<{ entries: ArchiveEntry[]; code: string | null }> {
  const entries: ArchiveEntry[] = [];
  try {
    for await (const entry of list(path, { keys, ...options }, sodium)) entries.push(entry);
    return { entries, code: null };
  } catch (error) {
    return { entries, code: errorCode(error) };
  }
}

const names = (entries: readonly ArchiveEntry[]) => entries.map(({ member, name }) => `${member}/${name}`);

it.each(Object.entries(expected.archives))(
  '%s: every entry with type, size and target',
  async (name, { parts }) => {
    const { entries, code } = await listed(fixturePath(name));
    expect(code).toBe(null);
    for (const [member, inside] of Object.entries(parts)) {
      const found = entries.filter((entry) => entry.member === member && entry.name !== './');
      const byName = new Map(found.map((entry) => [entry.name.replace(/\/$/, ''), entry]));
      expect([...byName.keys()].sort()).toEqual(Object.keys(inside).sort());
      for (const [path, part] of Object.entries(inside)) {
        const entry = byName.get(path);
        if (part.type === 'dir') expect(entry?.type).toBe('directory');
        if (part.type === 'symlink')
          expect(entry).toMatchObject({ type: 'symlink', linkTarget: part.target });
        if (part.type === 'file' && entry?.type === 'hardlink') {
          expect(inside[entry.linkTarget ?? '']).toEqual(part);
        } else if (part.type === 'file') {
          expect(entry).toMatchObject({ type: 'file', sizeBytes: part.size, linkTarget: null });
        }
      }
    }
  },
);

it('is in stored order, with mode and time', async () => {
  const path = await plainBackup(await temporaryFolder(), {
    b: [
      { name: 'z', mode: 0o640, mtime: new Date('2024-02-29T12:00:00Z') },
      { name: 'a', mtime: new Date(0) },
    ],
    a: [{ name: 'm' }],
  });
  const { entries } = await listed(path);
  expect(names(entries)).toEqual(['b/z', 'b/a', 'a/m']);
  expect(entries[0]).toMatchObject({ mode: 0o640, modified: '2024-02-29T12:00:00.000Z' });
  expect(entries[1]?.modified).toBe(null);
});

describe('choosing', () => {
  it('members and patterns', async () => {
    const { entries } = await listed(fixturePath('plain-compressed.tar'), {
      keys: [],
      members: ['ssl', 'homeassistant.tar.gz'],
      patterns: ['cert.pem', './data/*.yaml'],
    });
    const parents = new Set(names(entries).map((name) => posix.dirname(name)));
    expect(parents).toEqual(new Set(['homeassistant/./data', 'ssl/./sub']));
    expect(entries).toHaveLength(6);
  });

  it('a member that is not there', async () => {
    expect(await listed(fixturePath('v3-compressed.tar'), { members: ['nix'] })).toEqual({
      entries: [],
      code: 'USAGE',
    });
  });

  it('an empty pattern', async () => {
    expect(await listed(fixturePath('v3-compressed.tar'), { patterns: ['./'] })).toEqual({
      entries: [],
      code: 'USAGE',
    });
  });
});

describe('what cannot be read', () => {
  it('a damaged member is listed up to the damage, then the others, then the error', async () => {
    const { entries, code } = await listed(fixturePath('bad/v3-bit-flip-last-chunk.tar'));
    expect(code).toBe('DAMAGED_PAYLOAD');
    expect(names(entries)).toContain('homeassistant/./data/media.bin');
    expect(names(entries)).not.toContain('homeassistant/./homeassistant.json');
    expect(names(entries).at(-1)).toBe('media/./sub/cert.pem');
  });

  it('a locked member comes last, unless it was asked for', async () => {
    const path = fixturePath('shapes/two-keys.tar');
    const all = await listed(path);
    expect(all.code).toBe('WRONG_KEY');
    expect(all.entries).toHaveLength(3);
    expect(await listed(path, { members: ['homeassistant', 'share'] })).toEqual({
      entries: [],
      code: 'WRONG_KEY',
    });
    expect(await listed(path, { members: ['homeassistant'] })).toEqual({ entries: all.entries, code: null });
  });

  it('everything locked', async () => {
    expect(await listed(fixturePath('v3-compressed.tar'), { keys: [] })).toEqual({
      entries: [],
      code: 'KEY_REQUIRED',
    });
  });

  it('a cut-off download', async () => {
    expect((await listed(fixturePath('bad/outer-truncated.tar'))).code).toBe('TRUNCATED');
  });

  it('a page instead of a backup', async () => {
    expect((await listed(fixturePath('bad/html-instead-of-tar.tar'))).code).toBe('NOT_A_BACKUP');
  });
});

const openFiles = (path: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // the folder's own, closed by now
      throw error;
    }
  });

it.runIf(process.platform === 'linux')('leaving early closes the file', async () => {
  const path = fixturePath('v3-multichunk.tar');
  let openInside = 0;
  for await (const entry of list(path, { keys }, sodium)) {
    expect(entry.member).toBe('homeassistant');
    openInside = openFiles(path).length;
    break;
  }
  expect(openInside).toBe(1);
  expect(openFiles(path)).toEqual([]);
});

it('stops between two entries', async () => {
  const controller = new AbortController();
  const seen: string[] = [];
  const running = (async () => {
    for await (const { name } of list(
      fixturePath('v3-compressed.tar'),
      { keys, signal: controller.signal },
      sodium,
    )) {
      seen.push(name);
      if (seen.length === 2) controller.abort();
    }
  })();
  await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(seen).toHaveLength(2);
});
