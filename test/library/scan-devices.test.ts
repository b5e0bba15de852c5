// What the numbers of devices tell, and the numbers of files: cases that no test machine can be made to show.

import { linkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { FileStamp, KnownCopy } from '../../core/catalog/index.ts';
import { stampFile } from '../../core/library/recognise-backup.ts';
import { compareFolder } from '../../core/library/scan/compare-folder.ts';
import type { SearchedFolder } from '../../core/library/scan/file-search.ts';
import { findGone, SeenFiles } from '../../core/library/scan/gone-files.ts';
import { scratch } from '../support/fixtures.ts';

const OLD = '100';
const NEW = '200';
const OTHER = '300';

function stampOn(device: string, inode = '1'): FileStamp {
  return { sizeBytes: 1, mtimeNs: '1', ctimeNs: '1', inode, device };
}

interface Case {
  /** Devices by the paths of what was known, and of the folder itself. */
  readonly known: Readonly<Record<string, string>>;
  readonly knownDevice?: string | null;
  readonly found: Readonly<Record<string, string>>;
  /** Devices of the folders that were read; with an asterisk: an empty place. */
  readonly folders: Readonly<Record<string, string>>;
}

function compare({ known, knownDevice = OLD, found, folders }: Case) {
  const inode = (path: string): string => String(Object.keys({ ...known, ...found }).indexOf(path));
  const copies = Object.entries(known).map(
    ([path, device]) =>
      [path, { stamp: stampOn(device, inode(path)), identity: path, missingSince: null }] as [
        string,
        KnownCopy,
      ],
  );
  const searched: SearchedFolder = {
    root: '/b',
    files: new Map(Object.entries(found).map(([path, device]) => [path, stampOn(device, inode(path))])),
    refused: new Map(),
    hidden: new Map(),
    broken: new Map(),
    folders: new Map(
      Object.entries(folders).map(([path, device]) => [
        path,
        { device: device.replace('*', ''), isEmptyPlace: device.endsWith('*') },
      ]),
    ),
  };
  return compareFolder(searched, {
    copies: new Map(copies),
    unreadable: new Map(),
    device: knownDevice,
    isComplete: () => true,
  });
}

describe('a drive with another number than before', () => {
  it('is the same drive: its files are unchanged and get the new number, and what is gone from it is missing', () => {
    const compared = compare({
      known: { '/b/a.tar': OLD, '/b/c.tar': OLD, '/b/deep/d.tar': OLD },
      found: { '/b/a.tar': NEW },
      folders: { '/b': NEW },
    });
    expect(compared).toMatchObject({ unchanged: ['/b/a.tar'], toInspect: [], isAway: false, problems: [] });
    expect(compared.restamped.map(([path, { device }]) => [path, device])).toEqual([['/b/a.tar', NEW]]);
    expect(compared.unseen).toEqual(['/b/c.tar', '/b/deep/d.tar']);
  });

  it('also when everything in it is called otherwise now', () => {
    const compared = compare({
      known: { '/b/deep/a.tar': OLD },
      found: { '/b/other/a.tar': NEW },
      folders: { '/b': NEW, '/b/other': NEW },
    });
    expect(compared).toMatchObject({ unseen: ['/b/deep/a.tar'], isAway: false, problems: [] });
  });

  it('that is empty is away where nothing is mounted, and emptied where something is', () => {
    const known = { '/b/a.tar': OLD };
    expect(compare({ known, found: {}, folders: { '/b': `${NEW}*` } })).toMatchObject({
      isAway: true,
      unseen: [],
    });
    expect(compare({ known, found: {}, folders: { '/b': NEW } })).toMatchObject({
      isAway: false,
      unseen: ['/b/a.tar'],
    });
    expect(compare({ known, found: {}, folders: { '/b': `${OLD}*` } })).toMatchObject({
      isAway: false,
      unseen: ['/b/a.tar'],
    });
  });
});

it('a part on a device of its own is away when nothing of that device is found any more', () => {
  const known = { '/b/a.tar': OLD, '/b/usb/c.tar': OTHER };
  const found = { '/b/a.tar': OLD };
  for (const folders of [{ '/b': OLD }, { '/b': OLD, '/b/usb': `${OLD}*` }] as Record<string, string>[]) {
    const compared = compare({ known, found, folders });
    expect(compared).toMatchObject({ unseen: [], isAway: false, problems: [{ code: 'IO_FAILED' }] });
    expect(compared.problems[0]?.message).toContain('/b/usb');
  }
  const connected = compare({ known, found, folders: { '/b': OLD, '/b/usb': OTHER } });
  expect(connected).toMatchObject({ unseen: ['/b/usb/c.tar'], problems: [] });
});

it('a name that leads to a file that was found under another one is gone, a hard link is not', async () => {
  const folder = await scratch();
  const path = join(folder, 'a.tar');
  writeFileSync(path, 'x');
  const seen = new SeenFiles();
  seen.add(await stampFile(path));
  // As on a disk that does not tell A.TAR from a.tar, where both names lead to the one file.
  expect(await findGone([path], seen, undefined)).toEqual(new Map([[path, 'elsewhere']]));
  linkSync(path, join(folder, 'b.tar'));
  expect(await findGone([path], seen, undefined)).toEqual(new Map());
  renameSync(path, join(folder, 'c.tar'));
  expect(await findGone([path, join(path, 'deeper')], seen, undefined)).toEqual(
    new Map([
      [path, 'absent'],
      [join(path, 'deeper'), 'absent'],
    ]),
  );
});
