-- What is biometric is sealed by a key of its app. The tables before are emptied into the new ones by sealing.rs, which
-- has the keys, and then dropped.

-- Keys of apps, sealed by a master key that is kept elsewhere. A deleted app has none.
CREATE TABLE app_keys (
    app_key       INTEGER PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
    -- The master key's public id.
    master_key_id TEXT NOT NULL CHECK (length(master_key_id) = 16),
    sealed_key    BLOB NOT NULL
) STRICT;

-- One row: opens with the master key without which the store is not opened.
CREATE TABLE master_check (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    master_key_id TEXT NOT NULL CHECK (length(master_key_id) = 16),
    sealed        BLOB NOT NULL
) STRICT;

ALTER TABLE subjects RENAME TO clear_subjects;
ALTER TABLE photos RENAME TO clear_photos;
ALTER TABLE answers RENAME TO clear_answers;
DROP INDEX answers_by_subject;
DROP INDEX answers_by_end;

CREATE TABLE subjects (
    subject_key  INTEGER PRIMARY KEY,
    app_key      INTEGER NOT NULL REFERENCES apps ON DELETE CASCADE,
    subject_id   TEXT NOT NULL CHECK (length(CAST(subject_id AS BLOB)) BETWEEN 1 AND 255),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    session_id   TEXT NOT NULL CHECK (length(session_id) = 36),
    model        TEXT NOT NULL,
    -- Sealed: the photo's SHA-256, and the template as little-endian 32-bit floats.
    template     BLOB NOT NULL,
    nface        INTEGER NOT NULL CHECK (nface BETWEEN 0 AND 4294967295),
    rotation     INTEGER NOT NULL CHECK (rotation IN (0, 90, 180, 270)),
    UNIQUE (app_key, subject_id)
) STRICT;

-- Apart from the subjects, whose rows stay small. A rowid table: large values do not belong into an index.
CREATE TABLE photos (
    subject_key INTEGER PRIMARY KEY REFERENCES subjects ON DELETE CASCADE,
    -- Sealed.
    photo       BLOB NOT NULL
) STRICT;

-- Answers kept for repetitions of a request (idempotency), apart from what they are about.
CREATE TABLE answers (
    answer_key      INTEGER PRIMARY KEY,
    app_key         INTEGER NOT NULL REFERENCES apps ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    -- Sealed: the request's SHA-256, and the answer.
    answer          BLOB NOT NULL,
    -- The subject that the answer names, who need not be enrolled; with them the answer is deleted.
    subject_id      TEXT,
    answered_at     INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    UNIQUE (app_key, idempotency_key)
) STRICT;

CREATE INDEX answers_by_subject ON answers (app_key, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX answers_by_end ON answers (expires_at);
