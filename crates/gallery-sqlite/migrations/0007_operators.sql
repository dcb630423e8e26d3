-- What browsers show: the operator's console and the capture page.

-- The operator's account. password: in the PHC string format. setup_code: SHA-256.
CREATE TABLE operator (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    password   TEXT,
    setup_code BLOB CHECK (length(setup_code) = 32)
) STRICT;
INSERT INTO operator (one) VALUES (1);

-- Who is signed in. token: SHA-256.
CREATE TABLE operator_sessions (
    token      BLOB PRIMARY KEY CHECK (length(token) = 32),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Failed attempts to sign in, by where they came from.
CREATE TABLE operator_attempts (
    source   TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time tokens of the capture page. token: SHA-256.
CREATE TABLE captures (
    token      BLOB PRIMARY KEY CHECK (length(token) = 32),
    -- The request that ordered it.
    capture_id TEXT NOT NULL,
    app_id     TEXT NOT NULL,
    wording    TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    taken      INTEGER NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    -- How it ended; NULL while it goes on.
    outcome    TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX captures_by_id ON captures (app_id, capture_id);
CREATE INDEX captures_by_end ON captures (expires_at);
