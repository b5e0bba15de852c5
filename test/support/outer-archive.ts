// The outer tar of a backup, read with tar-stream, so that what the engine wrote is not judged by the engine.

import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';

export interface OuterPart {
  readonly header: Header;
  readonly content: Buffer;
}

export async function readOuter(path: string): Promise<OuterPart[]> {
  const parts: OuterPart[] = [];
  const outer = createReadStream(path).pipe(extract());
  for await (const entry of outer) parts.push({ header: entry.header, content: await buffer(entry) });
  return parts;
}

/** The text of `backup.json` or `snapshot.json`. */
export async function metadataText(path: string): Promise<string> {
  const found = (await readOuter(path)).findLast(({ header }) =>
    /(backup|snapshot)\.json$/.test(header.name),
  );
  if (found === undefined) throw new Error(`no metadata in ${path}`);
  return found.content.toString('utf8');
}
