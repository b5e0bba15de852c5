// Writes one made-up backup the way Home Assistant did at its date: plain, v1, v2 or v3. Only for the demo; what is to be kept is
// written by core/backup, never by this.

import { randomBytes } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import {
  deriveLegacyKey,
  newV3Archive,
  sealV1,
  sealV2,
  sealV3,
  type SodiumProvider,
} from '../../../core/securetar/index.ts';
import { encodeTarHeader, paddedBytes, RECORD_BYTES } from '../../../core/tar/index.ts';

export interface DemoAddon {
  readonly slug: string;
  readonly name: string;
  readonly version: string;
}

export interface DemoBackup {
  readonly name: string;
  readonly date: Date;
  readonly format: 'plain' | 'v1' | 'v2' | 'v3';
  /** null for a plain one. */
  readonly password: Buffer | null;
  readonly homeAssistant: string;
  readonly instanceId: string;
  readonly addons: readonly DemoAddon[];
  /** Of what is in it that does not compress. */
  readonly mediaBytes: number;
}

type Seal = (gzip: Buffer) => Promise<Buffer>;

export async function writeDemoBackup(
  path: string,
  backup: DemoBackup,
  sodium: SodiumProvider,
): Promise<void> {
  const { date, addons, format, homeAssistant } = backup;
  const seal = sealerOf(backup, sodium);
  const parts = [
    ['homeassistant', homeAssistantFiles(backup)],
    ...addons.map(({ slug, name }) => [slug, addonFiles(name)] as const),
    ['ssl', [['fullchain.pem', text('A certificate would be here.')]]],
    ['share', [['media/doorbell.bin', randomBytes(backup.mediaBytes)]]],
  ] as const;
  const entries: [string, Buffer][] = [];
  for (const [name, files] of parts) {
    const archive = gzipSync(tar(files, date), { level: 1 });
    entries.push([`${format === 'v1' ? './' : ''}${name}.tar.gz`, await seal(archive)]);
  }
  entries.push(['./backup.json', text(metadataOf(backup, homeAssistant))]);
  await writeFile(path, tar(entries, date));
  await utimes(path, date, date);
}

function sealerOf({ format, password }: DemoBackup, sodium: SodiumProvider): Seal {
  if (password === null || format === 'plain') return (gzip) => Promise.resolve(gzip);
  if (format === 'v3') {
    const archive = newV3Archive(sodium, password);
    return (gzip) => buffer(sealV3(piecesOf(gzip), { ...archive, sodium, plaintextSizeBytes: gzip.length }));
  }
  const key = deriveLegacyKey(password);
  if (format === 'v1') return (gzip) => buffer(sealV1(piecesOf(gzip), { key, compressed: true }));
  return (gzip) => buffer(sealV2(piecesOf(gzip), { key, plaintextSizeBytes: gzip.length }));
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}

/** A tar in whole records, as Home Assistant writes it. */
function tar(entries: readonly (readonly [name: string, content: Buffer])[], date: Date): Buffer {
  const pieces: Buffer[] = [];
  for (const [name, content] of entries) {
    const shared = { typeFlag: '0', mode: 0o644, mtimeSeconds: date.getTime() / 1000 };
    pieces.push(encodeTarHeader({ name, sizeBytes: content.length, ...shared }), content);
    pieces.push(Buffer.alloc(paddedBytes(content.length) - content.length));
  }
  const whole = Buffer.concat([...pieces, Buffer.alloc(2 * 512)]);
  return Buffer.concat([whole], Math.ceil(whole.length / RECORD_BYTES) * RECORD_BYTES);
}

function homeAssistantFiles({ homeAssistant, name }: DemoBackup): [string, Buffer][] {
  const entries = { version: 1, data: { entries: [{ domain: 'sun', title: 'Sun' }] } };
  return [
    ['data/.HA_VERSION', text(homeAssistant)],
    ['data/configuration.yaml', text('default_config:\nautomation: !include automations.yaml\n')],
    ['data/automations.yaml', text(`- alias: Lights at sunset\n  description: From “${name}”\n`)],
    ['data/secrets.yaml', text('wifi_password: made up for the demo\n')],
    ['data/.storage/core.config_entries', text(JSON.stringify(entries))],
  ];
}

function addonFiles(name: string): [string, Buffer][] {
  return [['data/options.json', text(JSON.stringify({ name }))]];
}

function metadataOf(backup: DemoBackup, homeAssistant: string): string {
  const { name, date, password, format, addons, instanceId } = backup;
  return JSON.stringify({
    slug: randomBytes(4).toString('hex'),
    version: 2,
    name,
    date: date.toISOString().replace('Z', '+00:00'),
    type: 'full',
    supervisor_version: homeAssistant.replace(/\.(\d)\./, '.0$1.'),
    extra: { instance_id: instanceId, with_automatic_settings: format === 'v3' },
    folders: ['share', 'ssl'],
    homeassistant: { version: homeAssistant, exclude_database: true, size: 0.01 },
    compressed: true,
    protected: password !== null,
    repositories: ['core', 'local'],
    addons: addons.map((addon) => ({ ...addon, size: 0.1 })),
    ...(format === 'v1' || format === 'v2' ? { crypto: 'aes128' } : {}),
  });
}

function text(content: string): Buffer {
  return Buffer.from(content, 'utf8');
}
