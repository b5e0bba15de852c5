// How the parts of backups were found by the last verifications of this process. Kept in memory only: the catalogue has the verdict
// of the whole.

import type { BackupVerification } from '../../shared/backup.ts';
import type { BackupPage } from '../../shared/window.ts';

/** Contents that are kept in mind; each is a few hundred bytes. */
const KEPT_CONTENTS = 5000;

interface Noted {
  /** Of the verification, in the catalogue. */
  readonly verificationId: number;
  readonly states: BackupPage['partStates'];
}

export class PartStates {
  readonly #byIdentity = new Map<string, Noted>();

  /** @param verificationId of this verification as the catalogue has it */
  note({ inspection, members }: BackupVerification, verificationId: number): void {
    const { identity } = inspection;
    const states = members.map(({ name, status, error, entryCount }) => ({
      member: name,
      status,
      message: error?.message ?? null,
      entryCount,
    }));
    this.#byIdentity.delete(identity);
    this.#byIdentity.set(identity, { verificationId, states });
    const [oldest] = this.#byIdentity.keys();
    if (this.#byIdentity.size > KEPT_CONTENTS && oldest !== undefined) this.#byIdentity.delete(oldest);
  }

  /** Of this content as this verification found them; none where another process made it. */
  of(identity: string, verificationId: number | null): BackupPage['partStates'] {
    const noted = this.#byIdentity.get(identity);
    return noted !== undefined && noted.verificationId === verificationId ? noted.states : [];
  }
}
