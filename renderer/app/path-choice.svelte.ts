// Choosing files and folders: in the system's own dialog where the host has one, else by walking through the folders of the computer that
// Strongroom runs on (widgets/PathDialog.svelte shows the walk).

import type { InputOf } from '../../shared/contract/index.ts';
import type { Client } from '../transport/client.ts';

export type PathWish = InputOf<'files.choose'>['what'];

export interface PathQuestion {
  readonly what: PathWish;
  readonly suggestedName: string;
  readonly answer: (paths: readonly string[]) => void;
}

export class PathChoice {
  readonly #client: Client;
  readonly #native: boolean;
  #question = $state.raw<PathQuestion | null>(null);

  constructor(client: Client, native: boolean) {
    this.#client = client;
    this.#native = native;
  }

  /** What the walk through folders is for; null while there is none. */
  get question(): PathQuestion | null {
    return this.#question;
  }

  /**
   * Absolute paths; nothing chosen is an empty list.
   * @param suggestedName for `save`
   * @throws IO_FAILED
   */
  choose(what: PathWish, suggestedName = ''): Promise<readonly string[]> {
    if (this.#native)
      return this.#client.call('files.choose', { what, ...(suggestedName === '' ? {} : { suggestedName }) });
    this.#question?.answer([]);
    return new Promise((resolve) => {
      const answer = (paths: readonly string[]): void => {
        this.#question = null;
        resolve(paths);
      };
      this.#question = { what, suggestedName, answer };
    });
  }
}
