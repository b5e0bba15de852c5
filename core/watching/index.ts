// Folders that are watched: which files in them have come, changed or gone. Knows nothing of what the files hold.

export {
  watchFolders,
  type FolderState,
  type WatchedFolder,
  type Watcher,
  type WatchOptions,
} from './watch-folders.ts';
