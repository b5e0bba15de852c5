// A v2 backup of any size, made quickly: several gzip members of random files, listed in its metadata.

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

import { deriveLegacyKey, sealV2 } from '../../core/securetar/index.ts';

const FOLDERS = ['share', 'ssl', 'media', 'addons_local'];

/** Writes a backup with `memberCount` members of about `memberBytes` each under `password`. */
export async function makeBackup(
  path: string,
  password: string,
  memberCount: number,
  memberBytes: number,
  slug = 'c0ffee42',
): Promise<void> {
  const names = ['homeassistant', ...FOLDERS].slice(0, memberCount);
  const outer = pack();
  const writing = pipeline(outer, createWriteStream(path));
  const key = deriveLegacyKey(Buffer.from(password));
  for (const name of names) {
    const gzip = gzipSync(await innerTar(memberBytes), { level: 1 });
    const sealed = sealV2(Readable.from([gzip]), { key, plaintextSizeBytes: gzip.length });
    outer.entry({ name: `${name}.tar.gz`, mtime: new Date(1_780_000_000_000) }, await buffer(sealed));
  }
  outer.entry({ name: './backup.json' }, JSON.stringify(metadataOf(slug, names)));
  outer.finalize();
  await writing;
}

async function innerTar(bytes: number): Promise<Buffer> {
  const inner = pack();
  const whole = buffer(inner);
  const fileBytes = Math.ceil(bytes / 4);
  for (let file = 0; file < 4; file++) inner.entry({ name: `data/file-${file}.bin` }, randomBytes(fileBytes));
  inner.finalize();
  const tar = await whole;
  return Buffer.concat([tar], Math.ceil(tar.length / 10_240) * 10_240);
}

function metadataOf(slug: string, names: readonly string[]): unknown {
  return {
    slug,
    version: 2,
    name: 'Made for a test',
    date: '2025-06-14T04:51:12.345678+00:00',
    type: 'partial',
    supervisor_version: '2025.05.5',
    homeassistant: { version: '2025.6.1', exclude_database: false, size: 1.0 },
    folders: names.slice(1).map((name) => name.replace('_', '/')),
    addons: [],
    repositories: [],
    compressed: true,
    protected: true,
    crypto: 'aes128',
  };
}
