-- The audit log. Rows are added and never changed; MACs under a key that is sealed by a master key show it if they were.

-- One row: the key of the MACs, sealed by a master key that is kept elsewhere.
CREATE TABLE audit_key (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    master_key_id TEXT NOT NULL CHECK (length(master_key_id) = 16),
    sealed_key    BLOB NOT NULL
) STRICT;

-- The end of each chain. An app's chains outlive it; those of app '' are about no known app.
CREATE TABLE audit_heads (
    app_id TEXT NOT NULL,
    lane   INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    -- The last row's MAC.
    last   BLOB NOT NULL,
    mac    BLOB NOT NULL,
    PRIMARY KEY (app_id, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    app_id     TEXT NOT NULL,
    lane       INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    session_id TEXT,
    -- Of the subject: HMAC of its id under a key of the app, which goes with the app.
    pseudonym  BLOB,
    details    TEXT NOT NULL,
    mac        BLOB NOT NULL,
    PRIMARY KEY (app_id, lane, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_deletion ON audit (app_id, session_id) WHERE action = 'deleted';
