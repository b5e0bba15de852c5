// A new catalogue in the place of a damaged one. Folders and their rules are taken over as far as the old one still gives them.

import { openCatalog, resetCatalog, salvageFolders } from '../catalog/index.ts';

export interface RebuiltCatalog {
  /** Where the damaged one is now; null where there was none. */
  readonly movedTo: string | null;
}

/** Nobody may have the catalogue open. @throws OUTPUT_REFUSED, NO_SPACE, IO_FAILED */
export function rebuildCatalog(path: string): RebuiltCatalog {
  const folders = salvageFolders(path);
  const movedTo = resetCatalog(path);
  const catalog = openCatalog(path);
  try {
    catalog.batch(() => {
      for (const { path: folder, watch } of folders)
        catalog.folders.setWatch(catalog.folders.add(folder).id, watch);
    });
  } finally {
    catalog.close();
  }
  return { movedTo };
}
