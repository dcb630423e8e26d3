-- Answers kept for repetitions of a request (idempotency), apart from what they are about.
CREATE TABLE answers (
    answer_key      INTEGER PRIMARY KEY,
    app_key         INTEGER NOT NULL REFERENCES apps ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    -- SHA-256 of the request.
    fingerprint     BLOB NOT NULL CHECK (length(fingerprint) = 32),
    answer          BLOB NOT NULL,
    -- The subject that the answer names, who need not be enrolled; with them the answer is deleted.
    subject_id      TEXT,
    answered_at     INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    UNIQUE (app_key, idempotency_key)
) STRICT;

CREATE INDEX answers_by_subject ON answers (app_key, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX answers_by_end ON answers (expires_at);
