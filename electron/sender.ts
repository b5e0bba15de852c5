// Who may call: the top frame of one of our windows, showing our own page. Everything else is refused before it is looked at.

import type { IpcMainInvokeEvent } from 'electron';

import { APP_ORIGIN, isOwnAddress } from './app-address.ts';

/** What is asked of a sender, so that it can be checked without one. */
export interface Sender {
  readonly sender: Pick<IpcMainInvokeEvent['sender'], 'id'>;
  /** null once it has navigated or is gone. */
  readonly senderFrame: {
    readonly url: string;
    readonly origin: string;
    readonly parent: unknown;
    readonly detached: boolean;
  } | null;
}

/** `isOurs`: whether one of our windows has these contents. */
export function isTrusted({ sender, senderFrame }: Sender, isOurs: (contentsId: number) => boolean): boolean {
  return (
    isOurs(sender.id) &&
    senderFrame !== null &&
    senderFrame.parent === null &&
    !senderFrame.detached &&
    senderFrame.origin === APP_ORIGIN &&
    isOwnAddress(senderFrame.url)
  );
}
