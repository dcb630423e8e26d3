-- What is biometric is sealed by a key of its app. The tables before were set aside by migrate.rs (and dropped, if they
-- were empty); sealing.rs, which has the keys, empties them into these.

-- Keys of apps, sealed by a master key that is kept elsewhere. A deleted app has none.
CREATE TABLE app_keys (
    app_id        text COLLATE "C" PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
    -- The master key's public id.
    master_key_id text COLLATE "C" NOT NULL CHECK (octet_length(master_key_id) = 16),
    sealed_key    bytea NOT NULL
);

-- One row: opens with the master key without which the store is not opened.
CREATE TABLE master_check (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    master_key_id text COLLATE "C" NOT NULL CHECK (octet_length(master_key_id) = 16),
    sealed        bytea NOT NULL
);

CREATE TABLE subjects (
    app_id         text COLLATE "C" NOT NULL,
    subject_id     text COLLATE "C" NOT NULL CHECK (octet_length(subject_id) BETWEEN 1 AND 255),
    -- Stays over updates.
    subject_number bigint NOT NULL,
    created_at     bigint NOT NULL,
    updated_at     bigint NOT NULL,
    session_id     uuid NOT NULL,
    model_key      integer NOT NULL,
    -- Sealed: the photo's SHA-256, and the template as little-endian 32-bit floats, from which every score is computed.
    template       bytea NOT NULL,
    nface          bigint NOT NULL CHECK (nface BETWEEN 0 AND 4294967295),
    rotation       smallint NOT NULL CHECK (rotation IN (0, 90, 180, 270)),
    -- Sealed.
    photo          bytea,
    PRIMARY KEY (app_id, subject_id)
) PARTITION BY HASH (app_id);

CREATE INDEX subjects_by_number ON subjects (subject_number);
-- What is sealed cannot be compressed. Templates stay in the row as long as they fit.
ALTER TABLE subjects ALTER COLUMN photo SET STORAGE EXTERNAL, ALTER COLUMN template SET STORAGE EXTERNAL;

-- What searches read: narrow rows. Templates under the app's secret rotation, which keeps their cosines, as 16-bit floats:
-- they find the candidates, the templates above give their scores.
CREATE TABLE vectors (
    app_id         text COLLATE "C" NOT NULL,
    subject_number bigint NOT NULL,
    model_key      integer NOT NULL,
    embedding      halfvec NOT NULL,
    PRIMARY KEY (app_id, subject_number)
) PARTITION BY HASH (app_id);

-- Beside the rest of the row, whatever its length: a search reads nothing else.
ALTER TABLE vectors ALTER COLUMN embedding SET STORAGE PLAIN;

-- Answers kept for repetitions of a request (idempotency), apart from what they are about.
CREATE TABLE answers (
    app_id          text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL CHECK (octet_length(idempotency_key) BETWEEN 1 AND 255),
    -- Sealed: the request's SHA-256, and the answer.
    answer          bytea NOT NULL,
    -- The subject that the answer names, who need not be enrolled; with them the answer is deleted.
    subject_id      text COLLATE "C",
    answered_at     bigint NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (app_id, idempotency_key)
) PARTITION BY HASH (app_id);

CREATE INDEX answers_by_subject ON answers (app_id, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX answers_by_end ON answers (expires_at);
