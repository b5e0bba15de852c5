// The tables of the catalogue, one step for each version (`PRAGMA user_version`). A step that has been released is
// never changed: test/fixtures/catalog has a database of each version.

export const MIGRATIONS: readonly string[] = [
  `
  -- One row for each content, whatever files hold it. Parts: JSON of positions, names and variants.
  CREATE TABLE backups (
    identity TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    date TEXT,
    instance_id TEXT,
    encrypted_parts TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The files, each with what tells that it has not changed. Nanoseconds and numbers of files do not fit into a double.
  CREATE TABLE copies (
    path TEXT NOT NULL PRIMARY KEY,
    identity TEXT NOT NULL REFERENCES backups (identity),
    size_bytes INTEGER NOT NULL,
    mtime_ns TEXT NOT NULL,
    ctime_ns TEXT NOT NULL,
    inode TEXT NOT NULL,
    device TEXT NOT NULL,
    seen_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX copies_by_identity ON copies (identity);

  -- Which key was tried on which content. Keys by their ids in the vault, which say nothing about them.
  CREATE TABLE key_trials (
    identity TEXT NOT NULL REFERENCES backups (identity),
    key_id TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('all', 'some', 'none')),
    settled_positions TEXT NOT NULL,
    tried_at TEXT NOT NULL,
    PRIMARY KEY (identity, key_id)
  ) STRICT, WITHOUT ROWID;
  `,
];
