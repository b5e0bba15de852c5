// The note beside each file in a quarantine folder: whose file it was and when it may go. It is the truth about that file, whatever
// becomes of the catalogue.

/** Made beside the files that wait in it. */
export const QUARANTINE_FOLDER = 'Strongroom quarantine';
export const DAY_MS = 24 * 60 * 60 * 1000;

const RECORD_SUFFIX = '.quarantine.json';

export const recordPathOf = (quarantinedPath: string): string => quarantinedPath + RECORD_SUFFIX;

/** The name of the file that a record is about; null for any other name. */
export function fileOfRecord(name: string): string | null {
  return name.endsWith(RECORD_SUFFIX) ? name.slice(0, -RECORD_SUFFIX.length) : null;
}

/**
 * A small computer without a clock of its own wakes up in 1970, and all its days would be over at once.
 * @param notedAt when the file was put into quarantine, ISO 8601
 * @param mtimeMs when it was written last
 */
export function clockWasWrong(notedAt: string, mtimeMs: number): boolean {
  return !(Date.parse(notedAt) + DAY_MS > mtimeMs);
}
