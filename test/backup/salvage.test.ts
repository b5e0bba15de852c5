// salvage: what each damaged fixture still gives, compared with what it held before it was damaged; broken headers in
// the middle of a file; metadata made anew. Nothing wrong may ever be among what is saved.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import type { SalvageReport } from '../../shared/backup.ts';
import { inspect, salvage, verify } from '../../core/backup/index.ts';
import {
  asInput,
  buildTar,
  expected,
  expectedFiles,
  filesOf,
  fixture,
  keys,
  metadataFor,
  otherPassword,
  readIndependently,
  requireGood,
  runner,
  sealedV1,
  sealedV2,
  sealedV3,
  tarFiles,
  type Files,
} from './repair-samples.ts';

interface Salvaged {
  readonly report: SalvageReport;
  readonly output: string;
  readonly files: Record<string, Files>;
}

/** Salvages, checks that the result is good for both readers and gives what it holds. */
async function salvaged(bytes: Buffer, using = keys): Promise<Salvaged> {
  const { path, folder } = await asInput(bytes);
  const report = await salvage(path, { keys: using, folder }, runner);
  const output = report.outputPath ?? expect.fail('nothing was written');
  expect(readdirSync(folder)).toEqual(['backup.tar']);
  await requireGood(output, using);
  readIndependently(output);
  return { report, output, files: await filesOf(output, using) };
}

function statusOf(report: SalvageReport, name: string): string | undefined {
  return report.members.find((member) => member.name === name)?.status;
}

function codes(report: SalvageReport): string[] {
  return report.remarks.map(({ code }) => code);
}

const OTHERS = ['core_mosquitto', 'a0d7b954_example', 'share', 'ssl', 'addons_local', 'media'];

function pick(files: Record<string, Files>, names: readonly string[]): Record<string, Files> {
  return Object.fromEntries(names.map((name) => [name, files[name] ?? {}]));
}

describe('a part whose header is damaged and whose content proves right is saved whole', () => {
  it.each([
    ['v3-magic-damaged', 'v3-compressed.tar'],
    ['v3-version-4', 'v3-compressed.tar'],
    ['v3-version-0', 'v3-compressed.tar'],
    ['v3-reserved-nonzero', 'v3-compressed.tar'],
    ['v3-size-field-lies', 'v3-compressed.tar'],
    ['v3-validation-key-damaged', 'v3-compressed.tar'],
    ['v2-size-field-lies', 'v2-compressed.tar'],
  ])('%s', async (name, from) => {
    const { report, files, output } = await salvaged(fixture(`bad/${name}.tar`));
    expect(report.members.map(({ status }) => status)).toEqual(Array(7).fill('complete'));
    expect(report.missing).toEqual([]);
    expect(codes(report)).toEqual(['HEADER_RESTORED']);
    expect(files).toEqual(expectedFiles(from));
    // Only the header differs from the backup before it was damaged.
    const before = fixture(from);
    const after = readFileSync(output);
    expect(after.length).toBe(before.length);
    expect(after.subarray(2048).equals(before.subarray(2048))).toBe(true);
  });

  it('root salt damaged: the salt of the other parts opens it', async () => {
    const bytes = Buffer.from(fixture('v3-compressed.tar'));
    bytes[bytes.indexOf('SecureTar') + 35]! ^= 0x40;
    const { report, files } = await salvaged(bytes);
    expect(codes(report)).toEqual(['HEADER_RESTORED']);
    expect(files).toEqual(expectedFiles('v3-compressed.tar'));
  });

  it('derivation salt damaged: nothing can prove it, so it is lost', async () => {
    const bytes = Buffer.from(fixture('v3-compressed.tar'));
    bytes[bytes.indexOf('SecureTar') + 100]! ^= 1;
    const { report, files } = await salvaged(bytes);
    expect(statusOf(report, 'homeassistant')).toBe('lost');
    expect(files).toEqual(pick(expectedFiles('v3-compressed.tar'), OTHERS));
  });

  it('magic of a v2 part damaged', async () => {
    const bytes = Buffer.from(fixture('v2-compressed.tar'));
    bytes[bytes.indexOf('SecureTar')]! ^= 1;
    const { report, files } = await salvaged(bytes);
    expect(codes(report)).toEqual(['HEADER_RESTORED']);
    expect(files).toEqual(expectedFiles('v2-compressed.tar'));
  });

  it('is not tried with a wrong key: then it is lost, the others stay', async () => {
    const { path, folder } = await asInput(fixture('bad/v3-magic-damaged.tar'));
    const wrong = [{ label: 'other', password: otherPassword }];
    const report = await salvage(path, { keys: wrong, folder }, runner);
    expect(statusOf(report, 'homeassistant')).toBe('lost');
    expect(codes(report)).toEqual(Array(6).fill('MEMBER_LOCKED'));
    await requireGood(report.outputPath ?? '').then(({ members }) =>
      expect(members.map(({ name }) => name)).toEqual(OTHERS),
    );
  });
});

describe('a part damaged in its content', () => {
  it.each([
    ['v3-bit-flip-first-chunk', 'v3-compressed.tar'],
    ['v3-chunks-swapped', 'v3-multichunk.tar'],
  ])('%s: nothing of it authenticates, all others are saved', async (name, from) => {
    const { report, files } = await salvaged(fixture(`bad/${name}.tar`));
    expect(statusOf(report, 'homeassistant')).toBe('lost');
    expect(report.missing).toEqual(['homeassistant']);
    expect(files).toEqual(pick(expectedFiles(from), OTHERS));
  });

  it('v3-bit-flip-last-chunk: every file before the damage, proven right', async () => {
    const { report, files, output } = await salvaged(fixture('bad/v3-bit-flip-last-chunk.tar'));
    const part = report.members[0];
    expect(part).toMatchObject({ status: 'partial', lastGoodEntry: './data/home-assistant_v2.db' });
    expect(part?.error?.code).toBe('DAMAGED_PAYLOAD');
    expect(codes(report)).toEqual([]);
    const whole = expectedFiles('v3-multichunk.tar');
    expect(pick(files, OTHERS)).toEqual(pick(whole, OTHERS));
    requireSubset(files['homeassistant'], whole['homeassistant']);
    expect(Object.keys(files['homeassistant'] ?? {})).toContain('./data/home-assistant_v2.db');
    const { members, metadata } = await inspect(output);
    expect(members.map(({ variant }) => variant)).toEqual(Array(7).fill('v3'));
    expect(metadata.name).toBe('Big v3');
  });

  it.each([
    ['v2-bit-flip', 'v2-compressed.tar', 'v2'],
    ['v1-bit-flip', 'v1-compressed.tar', 'v1'],
  ])(
    '%s: what is before the damage, marked as not proven, in the format of the others',
    async (name, from, variant) => {
      const { report, files, output } = await salvaged(fixture(`bad/${name}.tar`));
      expect(statusOf(report, 'homeassistant')).toBe('partial');
      expect(codes(report)).toEqual(['NOT_AUTHENTICATED']);
      expect(pick(files, OTHERS)).toEqual(pick(expectedFiles(from), OTHERS));
      requireSubset(files['homeassistant'], expectedFiles(from)['homeassistant']);
      expect((await inspect(output)).members.map((member) => member.variant)).toEqual(Array(7).fill(variant));
    },
  );

  it.each(['v1', 'v2', 'v3', 'plain'] as const)(
    '%s, damaged late: the many files before it',
    async (variant) => {
      const entries = Array.from({ length: 40 }, (_, index) => ({
        name: `./file-${index}.bin`,
        content: noise(20_000, index),
      }));
      const tar = buildTar(entries);
      const gzip = gzipSync(tar);
      const seals = {
        v1: sealedV1,
        v2: sealedV2,
        v3: sealedV3,
        plain: (content: Buffer) => Promise.resolve(content),
      };
      const share = Buffer.from(await seals[variant](gzip));
      const ssl = await seals[variant](gzip);
      share[Math.floor(share.length * 0.75)]! ^= 4;
      const isProtected = variant !== 'plain';
      const supervisor = variant === 'v1' ? '2021.03.1' : '2026.03.2';
      const metadata = metadataFor({
        folders: ['share', 'ssl'],
        protected: isProtected,
        supervisor_version: supervisor,
      });
      const bytes = buildTar([
        { name: './share.tar.gz', content: share },
        { name: './ssl.tar.gz', content: ssl },
        { name: './backup.json', content: metadata },
      ]);
      if (variant === 'v3') {
        // One chunk holds it all: nothing of it is proven.
        const { report } = await salvaged(bytes);
        expect(statusOf(report, 'share')).toBe('lost');
        return;
      }
      const { report, files } = await salvaged(bytes);
      expect(statusOf(report, 'share')).toBe('partial');
      expect(files['ssl']).toEqual(await tarFiles(tar));
      const saved = Object.keys(files['share'] ?? {});
      expect(saved.length).toBeGreaterThanOrEqual(28);
      // Noise is stored, not deflated: a flipped bit is then found by the checksum at the end alone.
      const wrong = saved.filter((name) => files['share']?.[name] !== files['ssl']?.[name]);
      expect(wrong.length).toBeLessThanOrEqual(1);
      expect(codes(report)).toEqual(['NOT_AUTHENTICATED']);
    },
  );
});

describe('compressed text, damaged where zlib still holds back what it inflated', () => {
  const words = Array.from({ length: 3000 }, (_, index) => `entity_${(index * 7919) % 3000}: state\n`);
  const entries = Array.from({ length: 300 }, (_, index) => ({
    name: `./notes/${index}.yaml`,
    content: Buffer.from([...words.slice(index * 7, index * 7 + 300), `${index}\n`].join('')),
  }));
  const tar = buildTar(entries);

  it.each([0.1, 0.35, 0.6, 0.9])('at %d of it: every file before the damage, none after it', async (at) => {
    const before = tar.subarray(0, Math.floor(tar.length * at));
    const start = deflateRawSync(before, { finishFlush: constants.Z_FULL_FLUSH });
    const header = gzipSync('').subarray(0, 10);
    const share = Buffer.concat([header, start, Buffer.alloc(64, 0xff), deflateRawSync(tar)]);
    const metadata = metadataFor({ folders: ['share'] });
    const { report, files } = await salvaged(
      buildTar([
        { name: './share.tar.gz', content: share },
        { name: './backup.json', content: metadata },
      ]),
    );
    expect(statusOf(report, 'share')).toBe('partial');
    const perEntryBytes = entries.map(({ content }) => 512 + Math.ceil(content.length / 512) * 512);
    let endBytes = 0;
    const complete = entries.filter((_, index) => (endBytes += perEntryBytes[index] ?? 0) <= before.length);
    expect(complete.length).toBeGreaterThan(20);
    const wanted = complete.map(({ name, content }) => {
      const hash = createHash('sha256').update(content).digest('hex');
      return [name, `${content.length} ${hash}`];
    });
    expect(files['share']).toEqual(Object.fromEntries(wanted));
  });
});

describe('a damaged outer archive', () => {
  it('outer-garbage-header: everything is found behind it', async () => {
    const { report, files } = await salvaged(fixture('bad/outer-garbage-header.tar'));
    expect(codes(report)).toEqual(['BYTES_SKIPPED']);
    expect(files).toEqual(expectedFiles('v3-compressed.tar'));
  });

  const original = fixture('v3-compressed.tar');
  const headers = [...original.toString('latin1').matchAll(/\.tar\.gz\0/g)].map(
    ({ index }) => index - (index % 512),
  );

  it.each(headers)('the header at %i destroyed: found by its content and by elimination', async (offset) => {
    const bytes = Buffer.from(original);
    bytes.fill(0xa5, offset, offset + 512);
    const { report, files } = await salvaged(bytes);
    expect(files).toEqual(expectedFiles('v3-compressed.tar'));
    expect(codes(report)).toContain('HEADER_RESTORED');
  });

  it.each(headers)('one bit of the header at %i wrong: its name and size still fit', async (offset) => {
    const bytes = Buffer.from(original);
    bytes[offset + 140]! ^= 1;
    const { report, files } = await salvaged(bytes);
    expect(files).toEqual(expectedFiles('v3-compressed.tar'));
    expect(report.members).toHaveLength(7);
  });

  it('a stretch of zeros over a header and more: the rest is saved', async () => {
    const bytes = Buffer.from(original);
    const from = headers[1] ?? 0;
    bytes.fill(0, from - 1024, from + 1024);
    const { report, files } = await salvaged(bytes);
    const rest = ['homeassistant', ...OTHERS.slice(1)];
    expect(files).toEqual(pick(expectedFiles('v3-compressed.tar'), rest));
    expect(report.missing).toEqual(['core_mosquitto']);
  });

  it('two parts without header and name are not guessed', async () => {
    const bytes = Buffer.from(original);
    for (const offset of headers.slice(1, 3)) bytes.fill(0xa5, offset, offset + 512);
    const { report, files } = await salvaged(bytes);
    expect(report.missing).toEqual(['core_mosquitto', 'a0d7b954_example']);
    expect(files).toEqual(pick(expectedFiles('v3-compressed.tar'), ['homeassistant', ...OTHERS.slice(2)]));
  });
});

describe('backup.json', () => {
  it('lost with the end of the file: made anew from what the parts tell', async () => {
    const whole = fixture('plain-compressed.tar');
    const metadataAt = whole.indexOf('./backup.json');
    const { report, output, files } = await salvaged(whole.subarray(0, metadataAt - (metadataAt % 512)));
    expect(codes(report)).toEqual(['METADATA_MADE_ANEW']);
    expect(files).toEqual(expectedFiles('plain-compressed.tar'));
    const { metadata, remarks } = await inspect(output);
    expect(metadata).toMatchObject({
      name: 'Salvaged backup.tar',
      date: '2026-02-03T04:05:06.000Z',
      type: 'partial',
      metadataVersion: 2,
      homeAssistantVersion: '2026.4.1',
      compressed: true,
      protected: false,
      folders: ['share', 'ssl', 'addons/local', 'media'],
    });
    expect(metadata.addons.map(({ slug }) => slug)).toEqual(['core_mosquitto', 'a0d7b954_example']);
    const identity = '2026-02-03t04:05:06.000+00:00 - salvaged backup.tar';
    expect(metadata.slug).toBe(createHash('sha1').update(identity).digest('hex').slice(0, 8));
    expect(remarks.map(({ code }) => code)).toEqual([]);
  });

  it('not JSON: made anew in its place', async () => {
    const parts = [
      { name: './backup.json', content: Buffer.from('{not json') },
      { name: './share.tar.gz', content: gzipSync(buildTar([{ name: './a', content: Buffer.from('a') }])) },
    ];
    const { report, output } = await salvaged(buildTar(parts));
    expect(codes(report)).toEqual(['METADATA_MADE_ANEW']);
    expect((await inspect(output)).metadata.folders).toEqual(['share']);
    expect(readFileSync(output).indexOf('./backup.json')).toBe(0);
  });

  it('of wrong types: what is sound in it is kept', async () => {
    const addon = gzipSync(
      buildTar([
        {
          name: './addon.json',
          content: Buffer.from('{"version": "6.5.2", "system": {"name": "Mosquitto broker"}}'),
        },
      ]),
    );
    const content = metadataFor({ slug: 7, name: 'Before the move', addons: 'none' });
    const { report, output } = await salvaged(
      buildTar([
        { name: './core_mosquitto.tar.gz', content: await sealedV3(addon) },
        { name: './backup.json', content },
      ]),
    );
    expect(codes(report)).toEqual(['METADATA_MADE_ANEW']);
    expect((await inspect(output)).metadata).toMatchObject({
      name: 'Before the move',
      date: '2026-05-05T00:00:00.000Z',
      protected: true,
      addons: [{ slug: 'core_mosquitto', name: 'Mosquitto broker', version: '6.5.2' }],
    });
  });

  it('readable: only its flag is put right', async () => {
    const bytes = Buffer.from(fixture('bad/v2-bit-flip.tar'));
    const { output } = await salvaged(bytes);
    const { metadata } = await inspect(output);
    expect(metadata).toMatchObject({ slug: 'ada1ff7f', protected: true });
  });
});

describe('when there is nothing to do or to save', () => {
  const whole = [...Object.keys(expected.archives), 'bad/outer-no-end-blocks.tar', 'bad/evil-traversal.tar'];
  it.each(whole)('%s: nothing is damaged, nothing is written', async (name) => {
    const { path, folder } = await asInput(fixture(name));
    const report = await salvage(path, { keys, folder }, runner);
    expect(report.outputPath).toBeNull();
    expect(codes(report)).toContain('NOTHING_DAMAGED');
    expect(report.members.every(({ status }) => status === 'complete')).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['empty', 'NOT_A_BACKUP'],
    ['html-instead-of-tar', 'NOT_A_BACKUP'],
    ['outer-truncated', 'TRUNCATED'],
    ['meta-missing', 'DAMAGED_PAYLOAD'],
    ['meta-not-json', 'DAMAGED_PAYLOAD'],
    ['meta-wrong-types', 'DAMAGED_PAYLOAD'],
  ])('%s: nothing can be saved, and the reason is said', async (name, code) => {
    const { path, folder } = await asInput(fixture(`bad/${name}.tar`));
    await expect(salvage(path, { keys, folder }, runner)).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('without a key: what is whole is copied locked, what is cut asks for the key', async () => {
    const { path, folder } = await asInput(fixture('v3-compressed.tar').subarray(0, 16_000));
    const report = await salvage(path, { keys: [], folder }, runner);
    expect(statusOf(report, 'homeassistant')).toBe('complete');
    const { status } = await verify(report.outputPath ?? '', { keys: [], level: 'full' }, runner);
    expect(status).toBe('locked');
    const first = await asInput(fixture('bad/outer-truncated.tar'));
    await expect(salvage(first.path, { keys: [], folder: first.folder }, runner)).rejects.toMatchObject({
      code: 'KEY_REQUIRED',
    });
  });

  it('a dry run reports and writes nothing', async () => {
    const { path, folder } = await asInput(fixture('bad/v3-bit-flip-last-chunk.tar'));
    const report = await salvage(path, { keys, folder, dryRun: true }, runner);
    expect(statusOf(report, 'homeassistant')).toBe('partial');
    expect(report.outputPath).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('can be cancelled and leaves nothing', async () => {
    const { path, folder } = await asInput(fixture('bad/v3-bit-flip-last-chunk.tar'));
    const controller = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === 'reading-back') controller.abort();
    };
    const options = { keys, folder, signal: controller.signal, onProgress };
    await expect(salvage(path, options, runner)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** Everything in `some` is in `all`, and the same. */
function requireSubset(some: Files | undefined, all: Files | undefined): void {
  for (const [name, content] of Object.entries(some ?? {}))
    expect([name, content]).toEqual([name, all?.[name]]);
}

/** Bytes that do not compress, the same each time. */
function noise(bytes: number, seed: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes; at += 32) blocks.push(createHash('sha256').update(`${seed}:${at}`).digest());
  return Buffer.concat(blocks).subarray(0, bytes);
}
