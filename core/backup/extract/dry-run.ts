// Extraction that only looks: says what would be left out because of what stands in the output folder, and creates
// nothing, not even that folder.

import { resolve } from 'node:path';

import { folderExists, locate, obstacleAt, standing, type ExtractOutput, type NewFile } from './output.ts';
import { ALREADY_THERE } from './refusals.ts';

export class DryRunFolder implements ExtractOutput {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** @throws OUTPUT_REFUSED where the folder neither exists nor could be created */
  static async open(folder: string): Promise<DryRunFolder> {
    await folderExists(folder);
    return new DryRunFolder(resolve(folder));
  }

  async makeFolder(path: readonly string[]): Promise<string | null> {
    for (let depth = 1; depth <= path.length; depth++) {
      const parts = path.slice(0, depth);
      const found = await standing(locate(this.#root, parts));
      if (found === null) return null;
      const obstacle = obstacleAt(found, parts);
      if (obstacle !== null) return obstacle;
    }
    return null;
  }

  writeFile({ path }: NewFile): Promise<string | null> {
    return this.#look(path);
  }

  copyFile({ path }: NewFile): Promise<string | null> {
    return this.#look(path);
  }

  makeLink(path: readonly string[]): Promise<string | null> {
    return this.#look(path);
  }

  async #look(path: readonly string[]): Promise<string | null> {
    const obstacle = await this.makeFolder(path.slice(0, -1));
    if (obstacle !== null) return obstacle;
    return (await standing(locate(this.#root, path))) === null ? null : ALREADY_THERE;
  }
}
