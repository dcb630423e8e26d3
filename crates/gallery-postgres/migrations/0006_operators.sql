-- What browsers show: the operator's console and the capture page.

-- The operator's account. password: in the PHC string format. setup_code: SHA-256.
CREATE TABLE operator (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    password   text,
    setup_code bytea CHECK (length(setup_code) = 32)
);
INSERT INTO operator (one) VALUES (true);

-- Who is signed in. token: SHA-256.
CREATE TABLE operator_sessions (
    token      bytea PRIMARY KEY CHECK (length(token) = 32),
    created_at bigint NOT NULL,
    seen_at    bigint NOT NULL
);

-- Failed attempts to sign in, by where they came from.
CREATE TABLE operator_attempts (
    source   text COLLATE "C" PRIMARY KEY,
    failures integer NOT NULL,
    last_at  bigint NOT NULL
);

-- One-time tokens of the capture page. token: SHA-256.
CREATE TABLE captures (
    token      bytea PRIMARY KEY CHECK (length(token) = 32),
    -- The request that ordered it.
    capture_id text NOT NULL,
    app_id     text NOT NULL,
    wording    text NOT NULL,
    expires_at bigint NOT NULL,
    taken      boolean NOT NULL DEFAULT false,
    attempts   integer NOT NULL DEFAULT 0,
    -- How it ended; NULL while it goes on.
    outcome    text
);
CREATE UNIQUE INDEX captures_by_id ON captures (app_id, capture_id);
CREATE INDEX captures_by_end ON captures (expires_at);
