// Where the folders of the library are, and what that means for the backups in them.

export { findPlace } from './find-place.ts';
export { notePlace, notePlacesOfAll, placeNow } from './folder-places.ts';
export { placesOverview, placesTest } from './places-overview.ts';
export { thisSystem, type SystemView } from './system-view.ts';
