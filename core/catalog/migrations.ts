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
  `
  -- Where backups are looked for. Watch: JSON of a WatchRule. Problem: JSON of a PlainError.
  CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    added_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'never-scanned' CHECK (state IN ('never-scanned', 'ready', 'unreachable')),
    scanned_at TEXT,
    watch TEXT,
    problem TEXT
  ) STRICT;

  ALTER TABLE copies ADD COLUMN folder_id INTEGER REFERENCES folders (id) ON DELETE CASCADE;
  ALTER TABLE copies ADD COLUMN missing_since TEXT;
  CREATE INDEX copies_by_folder ON copies (folder_id);

  -- The details are null, all of them, in rows that version 1 wrote.
  ALTER TABLE backups ADD COLUMN type TEXT;
  ALTER TABLE backups ADD COLUMN home_assistant_version TEXT;
  ALTER TABLE backups ADD COLUMN size_bytes INTEGER;
  ALTER TABLE backups ADD COLUMN protection TEXT;
  ALTER TABLE backups ADD COLUMN format TEXT;
  ALTER TABLE backups ADD COLUMN mismatch INTEGER;
  ALTER TABLE backups ADD COLUMN contents TEXT;
  ALTER TABLE backups ADD COLUMN restore_needs TEXT;
  ALTER TABLE backups ADD COLUMN first_seen_at TEXT;
  UPDATE backups SET first_seen_at =
    (SELECT min(seen_at) FROM copies WHERE copies.identity = backups.identity);

  CREATE TABLE members (
    identity TEXT NOT NULL REFERENCES backups (identity) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    variant TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (identity, position)
  ) STRICT, WITHOUT ROWID;

  -- Files that lie where backups lie and are none, or none that can be read: with what tells that they are unchanged.
  CREATE TABLE unreadable_files (
    path TEXT NOT NULL PRIMARY KEY,
    folder_id INTEGER REFERENCES folders (id) ON DELETE CASCADE,
    size_bytes INTEGER NOT NULL,
    mtime_ns TEXT NOT NULL,
    ctime_ns TEXT NOT NULL,
    inode TEXT NOT NULL,
    device TEXT NOT NULL,
    error TEXT NOT NULL,
    since TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX unreadable_files_by_folder ON unreadable_files (folder_id);

  -- History: the last of a content is the one with the largest id, whatever the clock said.
  CREATE TABLE verifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL REFERENCES backups (identity),
    path TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('quick', 'full', 'deep')),
    at TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('good', 'locked', 'damaged', 'truncated', 'unsupported')),
    message TEXT,
    bytes INTEGER NOT NULL,
    duration_ms REAL NOT NULL
  ) STRICT;
  CREATE INDEX verifications_by_identity ON verifications (identity, id);
  CREATE INDEX verifications_by_time ON verifications (at);

  -- The history of a content that was written anew in another form.
  CREATE TABLE replacements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    old_identity TEXT NOT NULL REFERENCES backups (identity),
    new_identity TEXT NOT NULL REFERENCES backups (identity),
    operation TEXT NOT NULL,
    path TEXT NOT NULL,
    at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX replacements_by_old ON replacements (old_identity);
  CREATE INDEX replacements_by_new ON replacements (new_identity);

  -- Names of the files inside members. The backups of one house hold the same names again and again: each stands here
  -- once, and so do its trigrams.
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL REFERENCES backups (identity) ON DELETE CASCADE,
    member TEXT NOT NULL,
    UNIQUE (identity, member)
  ) STRICT;
  CREATE TABLE entry_names (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE entries (
    contents_id INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    name_id INTEGER NOT NULL REFERENCES entry_names (id),
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (contents_id, name_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX entries_by_name ON entries (name_id);
  CREATE VIRTUAL TABLE entry_names_index USING fts5 (
    folded, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
  );

  CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The journal. Owner: the process that runs the job. Wish: what another process asks of that one.
  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK
      (state IN ('waiting', 'running', 'paused', 'interrupted', 'done', 'cancelled', 'failed')),
    priority INTEGER NOT NULL,
    request TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    error TEXT,
    owner TEXT,
    wish TEXT CHECK (wish IN ('pause', 'cancel'))
  ) STRICT;
  CREATE TABLE job_items (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'skipped', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,
    message TEXT,
    error TEXT,
    result TEXT,
    started_at TEXT,
    ended_at TEXT,
    PRIMARY KEY (job_id, position)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Contents that no scheme may remove, known or not: a pin outlives a catalogue that is made anew.
  CREATE TABLE pins (
    identity TEXT NOT NULL PRIMARY KEY,
    pinned_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Rotations of keys. Request: JSON of a RotationRequest. Their jobs are forgotten before they are.
  CREATE TABLE rotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL,
    created_at TEXT NOT NULL,
    settled_job_id INTEGER,
    ended_at TEXT,
    ended_by TEXT CHECK (ended_by IN ('run', 'person'))
  ) STRICT;
  CREATE TABLE rotation_jobs (
    rotation_id INTEGER NOT NULL REFERENCES rotations (id) ON DELETE CASCADE,
    job_id INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (rotation_id, job_id)
  ) STRICT, WITHOUT ROWID;

  -- Where a folder is. Place: JSON of what was found out when it was last there. Place kind: what a person said it is.
  ALTER TABLE folders ADD COLUMN place TEXT;
  ALTER TABLE folders ADD COLUMN place_kind TEXT;
  -- The policy that a person has carried out there, so that a rule may do it by itself from then on.
  ALTER TABLE folders ADD COLUMN approved_scheme TEXT;
  `,
];
