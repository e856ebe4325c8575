-- A disabled person signs in no more, and has no session.
ALTER TABLE people ADD COLUMN disabled_ms BIGINT;

-- `expires_ms` slides on while the session is used, up to `ends_ms`.
ALTER TABLE sessions ADD COLUMN seen_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN ends_ms BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET seen_ms = since_ms, ends_ms = expires_ms;
CREATE INDEX sessions_person ON sessions (person);

-- Access codes by the keyed hash that is also their person's subject; the codes themselves are not kept.
CREATE TABLE codes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    subject    BLOB  NOT NULL UNIQUE,
    made_ms    BIGINT NOT NULL,
    revoked_ms BIGINT
);

-- What serves once and was used, until it would have expired anyway.
CREATE TABLE once (
    id       BLOB  NOT NULL PRIMARY KEY,
    until_ms BIGINT NOT NULL
);
CREATE INDEX once_expiry ON once (until_ms);

-- Attempts to sign in, by a keyed hash of a name or a network: the moment, in microseconds since 1970, at which the
-- allowance is whole again.
CREATE TABLE attempts (
    whose    BLOB  NOT NULL PRIMARY KEY,
    whole_us BIGINT NOT NULL
);
CREATE INDEX attempts_whole ON attempts (whole_us);
