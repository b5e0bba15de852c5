// A new catalogue in the place of a damaged one. What only a person can say is taken over as far as the old one still gives it: folders,
// their rules, where they are, and pins.

import { openCatalog, resetCatalog, salvageFolders, salvagePins } from '../catalog/index.ts';

export interface RebuiltCatalog {
  /** Where the damaged one is now; null where there was none. */
  readonly movedTo: string | null;
}

/** Nobody may have the catalogue open. @throws OUTPUT_REFUSED, NO_SPACE, IO_FAILED */
export function rebuildCatalog(path: string): RebuiltCatalog {
  const folders = salvageFolders(path);
  const pins = salvagePins(path);
  const movedTo = resetCatalog(path);
  const catalog = openCatalog(path);
  try {
    catalog.batch(() => {
      for (const { path: folder, watch, placeKind } of folders) {
        const { id } = catalog.folders.add(folder);
        catalog.folders.setWatch(id, watch);
        catalog.folders.setPlaceKind(id, placeKind);
      }
      catalog.pins.set(pins, true);
    });
  } finally {
    catalog.close();
  }
  return { movedTo };
}
