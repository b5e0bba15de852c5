// Reads a written member back from disk, decrypts it fully and gives the digest of its plaintext.

import { open } from 'node:fs/promises';

import { openPlaintext, type MemberSource } from '../open/member-source.ts';
import type { TaskContext } from '../member-tasks.ts';

export interface DigestMemberTask {
  readonly kind: 'digest';
  readonly source: MemberSource;
  readonly digestKey: Uint8Array;
}

export interface MemberDigest {
  readonly digest: Uint8Array;
  readonly plaintextBytes: number;
}

export async function digestMember(task: DigestMemberTask, context: TaskContext): Promise<MemberDigest> {
  const handle = await open(task.source.path, 'r');
  try {
    const digest = context.sodium.digest(task.digestKey);
    let plaintextBytes = 0;
    for await (const piece of openPlaintext(handle, task.source, context.sodium, context)) {
      digest.update(piece);
      plaintextBytes += piece.length;
    }
    return { digest: digest.final(), plaintextBytes };
  } finally {
    await handle.close();
  }
}
