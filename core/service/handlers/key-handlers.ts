// Calls about the keys in the vault. Typed keys are wiped when the call has ended; a key goes out in `keys.reveal` only, and to
// the host's clipboard.

import type { AddedKey } from '../../../shared/keys.ts';
import { measureStrength } from '../../vault/index.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { notHere } from '../refusals.ts';
import { withSecret } from '../typed-secret.ts';
import { pathOfBackup } from './which-backups.ts';

export function keyHandlers({
  engine,
  host,
  scanning,
  settings,
  written,
}: ServiceContext): HandlersOf<'keys'> {
  const { library, vault } = engine;
  const tryNewKeys = (added: readonly AddedKey[]): void => {
    if (added.some(({ isNew }) => isNew)) scanning.matchSoon();
  };
  return {
    'keys.list': () => library.listKeys(),
    'keys.importKits': async ({ paths }) => {
      const report = await library.importKits(paths);
      tryNewKeys(report.files.flatMap(({ keys }) => keys));
      return report;
    },
    'keys.importKitTexts': async ({ kits }) => {
      const contents = kits.map(({ name, text }) => ({ name, bytes: Buffer.from(text, 'utf8') }));
      try {
        const report = await library.importKitContents(contents);
        tryNewKeys(report.files.flatMap(({ keys }) => keys));
        return report;
      } finally {
        for (const { bytes } of contents) bytes.fill(0);
      }
    },
    'keys.addTyped': async ({ typed, label, against, form }) => {
      const path = against === undefined ? undefined : await pathOfBackup(library.desk, against);
      const report = await withSecret(typed, (secret) =>
        library.addTypedKey({ typed: secret, label, against: path, form }),
      );
      tryNewKeys([report.added]);
      return report;
    },
    'keys.adopt': async ({ identity }) => {
      const report = await library.adoptKey(await pathOfBackup(library.desk, identity));
      tryNewKeys([report.added]);
      return report;
    },
    'keys.generate': ({ label }) => library.generateKey(label === undefined ? {} : { label }),
    'keys.measure': ({ typed }) => withSecret(typed, measureStrength),
    'keys.rename': ({ keyId, label }) => vault.change(keyId, { label }),
    'keys.setState': ({ keyId, state }) => vault.change(keyId, { state }),
    'keys.markCompromised': ({ keyId }) => library.markCompromised(keyId),
    'keys.remove': async ({ keyId }) => {
      await library.removeKey(keyId);
      return null;
    },
    'keys.reveal': async ({ keyId }) => {
      const secret = await library.revealKey(keyId);
      try {
        return { key: secret.toString('utf8') };
      } finally {
        secret.fill(0);
      }
    },
    'keys.copy': async ({ keyId }) => {
      if (host.copySecret === undefined) throw notHere('copy a key to the clipboard');
      const { clipboardSeconds } = settings.current;
      const secret = await library.revealKey(keyId);
      try {
        await host.copySecret(secret.toString('utf8'), clipboardSeconds * 1000);
      } finally {
        secret.fill(0);
      }
      return { clearsAfterSeconds: clipboardSeconds };
    },
    'keys.exportKit': async ({ keyId, path }) => {
      const saved = await library.exportKit(keyId, { path });
      written.add(path);
      return saved;
    },
    'keys.savePage': async ({ keyId, path }) => {
      await library.savePage(keyId, { path });
      written.add(path);
      return { path };
    },
    'keys.drill': ({ keyId, typed }) => withSecret(typed, (secret) => library.drillKey(keyId, [secret])),
  };
}
