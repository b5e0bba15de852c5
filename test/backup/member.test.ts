// What a member is, told from its first bytes and the company it is in: never from its name or the flag alone, and
// what lost its mark is never taken for the old format that had none.

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import type { MemberInspection } from '../../shared/backup.ts';
import { flipped } from '../securetar/pieces.ts';
import { check, innerTar, metadata, sealedV2, v3Sealer, write, type Part } from './crafted-backups.ts';

const TAR = innerTar({ a: 'content' });
const GZIP = gzipSync(TAR);
const CIPHER = Buffer.from(Array.from({ length: 176 }, (_, index) => (index * 89 + 13) % 256));
const OLD = { supervisor_version: '2024.11.2', homeassistant: null };
const NEW = { supervisor_version: '2025.02.0', homeassistant: null };

async function members(
  meta: Record<string, unknown>,
  ...parts: Part[]
): Promise<readonly MemberInspection[]> {
  return (await inspect(await write([...parts, metadata(meta)]))).members;
}

const share = (content: Buffer, pax?: Record<string, string>): Part => ({
  name: 'share.tar.gz',
  content,
  ...(pax === undefined ? {} : { pax }),
});

describe('without a mark', () => {
  test('whole cipher blocks are v1 where a v1 writer was at work', async () => {
    expect((await members(OLD, share(CIPHER)))[0]).toMatchObject({
      variant: 'v1',
      problem: null,
      encrypted: true,
    });
    const core = { supervisor_version: undefined, homeassistant: { version: '2024.12.1' } };
    expect((await members(core, share(CIPHER)))[0]).toMatchObject({ variant: 'v1', problem: null });
  });

  test('with the PAX record of January 2025 they are v1-pax, whatever the writer', async () => {
    for (const meta of [OLD, NEW]) {
      const [member] = await members(meta, share(CIPHER, { '_securetar.version': '2.0' }));
      expect(member).toMatchObject({ variant: 'v1-pax', problem: null });
    }
  });

  test('where the metadata tells of a writer of v2 or v3 they are damage', async () => {
    const core = { supervisor_version: undefined, homeassistant: { version: '2025.2.0' } };
    for (const meta of [NEW, core]) {
      const [member] = await members(meta, share(CIPHER));
      expect(member).toMatchObject({
        variant: 'unknown',
        encrypted: null,
        problem: { code: 'DAMAGED_HEADER' },
      });
      expect(member?.problem?.message).toContain('damaged at its start');
    }
  });

  test.each([
    ['v2', () => sealedV2(GZIP, 'k')],
    ['v3', () => v3Sealer('k')(GZIP)],
  ])('beside a %s member they are damage, whatever the metadata says', async (variant, sealed) => {
    const [first, second] = await members(OLD, share(CIPHER), {
      name: 'ssl.tar.gz',
      content: await sealed(),
    });
    expect(first).toMatchObject({ variant: 'unknown', problem: { code: 'DAMAGED_HEADER' } });
    expect(second).toMatchObject({ variant, problem: null });
  });

  test('any damaged byte of the magic is damage, never v1, and no key is tried on it', async () => {
    const sealed = await v3Sealer('k')(GZIP);
    for (let offset = 0; offset < 9; offset++) {
      const [member] = await members(NEW, share(flipped(sealed, offset, offset % 8)));
      expect(member, `byte ${offset}`).toMatchObject({
        variant: 'unknown',
        problem: { code: 'DAMAGED_HEADER' },
      });
    }
  });

  test('a part of a cipher block is neither', async () => {
    for (const length of [1, 15, 16, 31, 40]) {
      const [member] = await members(OLD, share(CIPHER.subarray(0, length)));
      expect(member).toMatchObject({ variant: 'unknown', problem: { code: 'DAMAGED_HEADER' } });
      expect(member?.problem?.message).toContain('neither an archive nor a whole number of cipher blocks');
    }
  });
});

describe('with a mark', () => {
  test('of a PAX version that is not known, it is unsupported', async () => {
    const [member] = await members(OLD, share(CIPHER, { '_securetar.version': '3.1' }));
    expect(member).toMatchObject({ variant: 'unknown', problem: { code: 'UNSUPPORTED_VERSION' } });
  });

  test.each([0, 1, 4, 5, 255])('version %i is unsupported and named', async (version) => {
    const sealed = await v3Sealer('k')(GZIP);
    sealed[9] = version;
    const [member] = await members(OLD, share(sealed));
    expect(member?.problem).toMatchObject({ code: 'UNSUPPORTED_VERSION' });
    expect(member?.problem?.message).toBe(`“share.tar.gz”: unsupported version ${version} of SecureTar`);
  });

  test('a header that is cut short is truncated, not another format', async () => {
    const sealed = await v3Sealer('k')(GZIP);
    const [member] = await members(OLD, share(sealed.subarray(0, 100)));
    expect(member).toMatchObject({ variant: 'unknown', problem: { code: 'TRUNCATED' } });
  });

  test('the plaintext size is told where the header tells it for sure', async () => {
    const [v3, v2] = await members(OLD, share(await v3Sealer('k')(GZIP)), {
      name: 'ssl.tar.gz',
      content: await sealedV2(GZIP, 'k'),
    });
    expect(v3?.plaintextSizeBytes).toBe(GZIP.length);
    expect(v2?.plaintextSizeBytes).toBeNull(); // the field is usually short
  });
});

describe('zeros', () => {
  test('an empty uncompressed tar is one record of them', async () => {
    const result = await check(
      await write([{ name: 'share.tar', content: Buffer.alloc(10_240) }, metadata(OLD)]),
    );
    expect(result).toMatchObject({ status: 'good', members: [{ variant: 'plain', entryCount: 0 }] });
  });

  test.each([
    ['a gzip member of zeros', 'share.tar.gz', 10_240],
    ['a long run of them', 'share.tar', 200_000],
  ])('%s is a hole, not an archive', async (_, name, bytes) => {
    for (const meta of [OLD, NEW]) {
      const path = await write([{ name, content: Buffer.alloc(bytes) }, metadata(meta)]);
      for (const level of ['quick', 'full'] as const) {
        const result = await check(path, level);
        expect(result).toMatchObject({ status: 'damaged', error: { code: 'DAMAGED_PAYLOAD' } });
        expect(result.error?.message).toBe(`“${name}” is damaged: it begins with zeros, not with content.`);
      }
    }
  });
});

test('an archive is plain by its bytes, whatever it is called and whatever the flag says', async () => {
  const listed = await members(
    { ...NEW, protected: true },
    { name: 'share.tar', content: GZIP },
    { name: 'ssl.tar.gz', content: TAR },
    { name: 'notes', content: TAR },
  );
  for (const member of listed)
    expect(member).toMatchObject({ variant: 'plain', encrypted: false, problem: null });
});
