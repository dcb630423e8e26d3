-- Times are microseconds since 1970-01-01 UTC. Text compares byte by byte (COLLATE "C").
--
-- Every table of an app has app_id in its key and is partitioned by it, and no statement of a request touches two apps:
-- so the partitions can lie on different machines. The partitions are made by the migration that runs this file.

-- One row. `probe` is written to see whether writing works.
CREATE TABLE store (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL,
    probe   bigint NOT NULL DEFAULT 0
);

CREATE TABLE apps (
    app_id         text COLLATE "C" PRIMARY KEY CHECK (octet_length(app_id) BETWEEN 1 AND 64),
    name           text NOT NULL,
    mode           text NOT NULL CHECK (mode IN ('live', 'testing', 'sandbox')),
    created_at     bigint NOT NULL,
    -- NULL: unlimited.
    enroll_limit   bigint CHECK (enroll_limit >= 0),
    enroll_used    bigint NOT NULL CHECK (enroll_used >= 0),
    liveness_limit bigint CHECK (liveness_limit >= 0),
    liveness_used  bigint NOT NULL CHECK (liveness_used >= 0),
    -- Nobody sees the app any more; what it had is being removed.
    deleted        boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);

CREATE TABLE api_keys (
    app_id     text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- Grows with every key, so it also orders keys of the same microsecond.
    key_number bigint GENERATED ALWAYS AS IDENTITY,
    created_at bigint NOT NULL,
    revoked_at bigint,
    PRIMARY KEY (app_id, digest)
);

-- Names of models; a short number stands for them in every row.
CREATE TABLE models (
    model_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model     text COLLATE "C" NOT NULL UNIQUE
);

CREATE SEQUENCE subject_numbers AS bigint;

CREATE TABLE subjects (
    app_id         text COLLATE "C" NOT NULL,
    subject_id     text COLLATE "C" NOT NULL CHECK (octet_length(subject_id) BETWEEN 1 AND 255),
    -- Stays over updates.
    subject_number bigint NOT NULL,
    created_at     bigint NOT NULL,
    updated_at     bigint NOT NULL,
    session_id     uuid NOT NULL,
    model_key      integer NOT NULL,
    -- Little-endian 32-bit floats: what every score is computed from.
    template       bytea NOT NULL CHECK (octet_length(template) > 0 AND octet_length(template) % 4 = 0),
    nface          bigint NOT NULL CHECK (nface BETWEEN 0 AND 4294967295),
    rotation       smallint NOT NULL CHECK (rotation IN (0, 90, 180, 270)),
    photo_sha256   bytea NOT NULL CHECK (octet_length(photo_sha256) = 32),
    photo          bytea,
    PRIMARY KEY (app_id, subject_id)
) PARTITION BY HASH (app_id);

CREATE INDEX subjects_by_number ON subjects (subject_number);
-- Photos are compressed already.
ALTER TABLE subjects ALTER COLUMN photo SET STORAGE EXTERNAL;

-- What searches read: narrow rows. 16-bit floats find the candidates, the templates above give their scores.
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
    -- SHA-256 of the request.
    fingerprint     bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    answer          bytea NOT NULL,
    -- The subject that the answer names, who need not be enrolled; with them the answer is deleted.
    subject_id      text COLLATE "C",
    answered_at     bigint NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (app_id, idempotency_key)
) PARTITION BY HASH (app_id);

CREATE INDEX answers_by_subject ON answers (app_id, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX answers_by_end ON answers (expires_at);

-- One row per write, for some minutes: tells a server that lost its connection during COMMIT whether it went through.
CREATE TABLE receipts (
    app_id     text COLLATE "C" NOT NULL,
    receipt    uuid NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (app_id, receipt)
) PARTITION BY HASH (app_id);

CREATE INDEX receipts_by_time ON receipts (written_at);
