// What is noted of a backup that was rewritten is noted at once: whoever is killed in between has noted nothing of it.

import { expect, it, vi } from 'vitest';

import { batchHandlers } from '../../../core/library/batch/index.ts';
import { noteFinished, rememberRewritten } from '../../../core/library/batch/rewritten-backup.ts';
import { recogniseBackup } from '../../../core/library/recognise-backup.ts';
import { backupFolder, tinyBackup } from '../library-samples.ts';
import { request } from '../../support/batch-request.ts';
import { makeQueuedLibrary } from './batch-samples.ts';

it('a new content is known together with what it was made of, or not at all', async () => {
  const library = await makeQueuedLibrary();
  const [keyId = ''] = await library.addKeys('apple');
  const path = await tinyBackup(`${await backupFolder()}/a.tar`, { password: 'apple', format: 'v2' });
  const { identity: oldIdentity } = await recogniseBackup(library, path);
  const destination = { kind: 'in-place', originals: 'keep' } as const;
  const keys = [{ label: 'apple', password: Buffer.from('apple') }];
  await library.engine.recode(path, { operation: 'migrate', keys, destination });

  const { catalog } = library;
  const killed = vi.spyOn(catalog.replacements, 'add').mockImplementation(() => {
    throw new Error('killed');
  });
  const rewriting = { operation: 'migrate', path, outputPath: path, oldIdentity, keyId } as const;
  await expect(rememberRewritten(library, { ...rewriting, originalPath: null })).rejects.toThrow('killed');
  expect(catalog.copies.find(path)?.identity).toBe(oldIdentity);
  await noteFinished(library, path, 'migrate').catch(() => undefined);
  expect(catalog.copies.find(path)?.identity).toBe(oldIdentity);
  killed.mockRestore();

  const [handler] = batchHandlers(library);
  const requestJson = JSON.stringify(request());
  const item = {
    position: 0,
    path,
    sizeBytes: 0,
    state: 'running',
    attempts: 2,
    message: null,
    error: null,
  } as const;
  const { state } = (await handler?.run(
    { ...item, startedAt: null, endedAt: null },
    { requestJson, signal: new AbortController().signal, onProgress: () => undefined },
  )) ?? { state: null };
  expect(state).toBe('done');
  const now = catalog.copies.find(path)?.identity ?? '';
  expect(catalog.replacements.originsOf(now)).toMatchObject([{ oldIdentity, operation: 'migrate' }]);
});
