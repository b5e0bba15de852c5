// Node 22 prints on every start that its SQLite is experimental, which helps nobody who reads a report about a backup.
// That one warning is dropped, all others pass. Has to be imported before anything that imports node:sqlite.

const warn = process.emitWarning.bind(process) as (...args: unknown[]) => void;

process.emitWarning = (...args: unknown[]): void => {
  if (!String(args[0]).startsWith('SQLite is an experimental feature')) warn(...args);
};
