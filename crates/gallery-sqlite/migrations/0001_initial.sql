-- Times are microseconds since 1970-01-01 UTC. Text compares byte by byte (the default collation).

CREATE TABLE apps (
    app_key        INTEGER PRIMARY KEY,
    -- NULL: deleted, and what it had is being removed.
    app_id         TEXT UNIQUE CHECK (length(app_id) BETWEEN 1 AND 64),
    name           TEXT NOT NULL,
    mode           TEXT NOT NULL CHECK (mode IN ('live', 'testing', 'sandbox')),
    created_at     INTEGER NOT NULL,
    -- NULL: unlimited.
    enroll_limit   INTEGER CHECK (enroll_limit >= 0),
    enroll_used    INTEGER NOT NULL CHECK (enroll_used >= 0),
    liveness_limit INTEGER CHECK (liveness_limit >= 0),
    liveness_used  INTEGER NOT NULL CHECK (liveness_used >= 0)
) STRICT;

CREATE TABLE api_keys (
    -- Grows with every key, so it also orders keys of the same microsecond.
    key_number INTEGER PRIMARY KEY,
    app_key    INTEGER NOT NULL REFERENCES apps ON DELETE CASCADE,
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    UNIQUE (app_key, digest)
) STRICT;

CREATE TABLE subjects (
    subject_key  INTEGER PRIMARY KEY,
    app_key      INTEGER NOT NULL REFERENCES apps ON DELETE CASCADE,
    subject_id   TEXT NOT NULL CHECK (length(CAST(subject_id AS BLOB)) BETWEEN 1 AND 255),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    session_id   TEXT NOT NULL CHECK (length(session_id) = 36),
    model        TEXT NOT NULL,
    -- Little-endian 32-bit floats.
    template     BLOB NOT NULL CHECK (length(template) > 0 AND length(template) % 4 = 0),
    nface        INTEGER NOT NULL CHECK (nface BETWEEN 0 AND 4294967295),
    rotation     INTEGER NOT NULL CHECK (rotation IN (0, 90, 180, 270)),
    photo_sha256 BLOB NOT NULL CHECK (length(photo_sha256) = 32),
    UNIQUE (app_key, subject_id)
) STRICT;

-- Apart from the subjects, whose rows stay small. A rowid table: large values do not belong into an index.
CREATE TABLE photos (
    subject_key INTEGER PRIMARY KEY REFERENCES subjects ON DELETE CASCADE,
    photo       BLOB NOT NULL
) STRICT;
