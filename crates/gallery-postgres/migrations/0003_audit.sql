-- The audit log. Rows are added and never changed; MACs under a key that is sealed by a master key show it if they were.

-- One row: the key of the MACs, sealed by a master key that is kept elsewhere.
CREATE TABLE audit_key (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    master_key_id text COLLATE "C" NOT NULL CHECK (length(master_key_id) = 16),
    sealed_key    bytea NOT NULL
);

-- The end of each chain. An app's chains outlive it; those of app '' are about no known app.
CREATE TABLE audit_heads (
    app_id text COLLATE "C" NOT NULL,
    lane   smallint NOT NULL,
    count  bigint NOT NULL,
    -- The last row's MAC.
    last   bytea NOT NULL,
    mac    bytea NOT NULL,
    PRIMARY KEY (app_id, lane)
) WITH (fillfactor = 50);

CREATE TABLE audit (
    app_id     text COLLATE "C" NOT NULL,
    lane       smallint NOT NULL,
    number     bigint NOT NULL,
    at         bigint NOT NULL,
    actor      text NOT NULL,
    action     text NOT NULL,
    outcome    text NOT NULL,
    session_id text COLLATE "C",
    -- Of the subject: HMAC of its id under a key of the app, which goes with the app.
    pseudonym  bytea,
    details    text NOT NULL,
    mac        bytea NOT NULL,
    PRIMARY KEY (app_id, lane, number)
) PARTITION BY HASH (app_id);

CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_deletion ON audit (app_id, session_id) WHERE action = 'deleted';
