-- People, and how they sign in. A subject is the keyed hash of what a provider calls somebody: no name, no address.
CREATE TABLE people (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject  BYTEA UNIQUE,
    role     TEXT    NOT NULL,
    team     TEXT,
    since_ms BIGINT  NOT NULL
);

CREATE TABLE accounts (
    name          TEXT   NOT NULL PRIMARY KEY,
    person        BIGINT NOT NULL UNIQUE REFERENCES people (id),
    password_hash TEXT   NOT NULL
);

CREATE TABLE passkeys (
    credential BYTEA  NOT NULL PRIMARY KEY,
    person     BIGINT NOT NULL REFERENCES people (id),
    kept       BYTEA  NOT NULL,
    counter    BIGINT NOT NULL,
    since_ms   BIGINT NOT NULL
);
CREATE INDEX passkeys_person ON passkeys (person);

-- Only the digest of a session's token: who reads the database cannot take a session over.
CREATE TABLE sessions (
    token      BYTEA  NOT NULL PRIMARY KEY,
    person     BIGINT NOT NULL REFERENCES people (id),
    since_ms   BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_ms);

CREATE TABLE contests (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage     TEXT   NOT NULL,
    criterion TEXT   NOT NULL,
    rules     TEXT   NOT NULL,
    seed      BYTEA  NOT NULL,
    opened_ms BIGINT NOT NULL,
    closed_ms BIGINT,
    UNIQUE (stage, criterion)
);

-- A battle's number is random; `place` is the order in which they were opened. Text that a person or a candidate wrote
-- is kept as bytes here and below: PostgreSQL's TEXT takes no character 0, and what was shown is kept as it was.
-- state: 0 open, 1 voted, 2 void, 3 failed, 4 left. turns and answered are counts of the battle's rows in `turns`.
CREATE TABLE battles (
    place      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         BIGINT NOT NULL UNIQUE,
    contest    BIGINT NOT NULL REFERENCES contests (id),
    person     BIGINT NOT NULL REFERENCES people (id),
    mode       TEXT   NOT NULL,
    left_side  TEXT   NOT NULL,
    right_side TEXT   NOT NULL,
    prompt     TEXT,
    draw       BIGINT NOT NULL,
    opened_ms  BIGINT NOT NULL,
    state      BIGINT NOT NULL DEFAULT 0,
    why        BYTEA,
    ended_ms   BIGINT,
    turns      BIGINT NOT NULL DEFAULT 0,
    answered   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX battles_person ON battles (person, contest, place);
CREATE INDEX battles_draw ON battles (contest, draw);
CREATE UNIQUE INDEX battles_open ON battles (person, contest) WHERE state = 0;

CREATE TABLE turns (
    place      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    battle     BIGINT NOT NULL REFERENCES battles (id),
    number     BIGINT NOT NULL,
    prompt     BYTEA  NOT NULL,
    asked_ms   BIGINT NOT NULL,
    left_text  BYTEA,
    left_cut   BIGINT,
    right_text BYTEA,
    right_cut  BIGINT,
    shown_ms   BIGINT,
    UNIQUE (battle, number)
);

-- Entries for the evidence log in the order of the log. Numbers are 1, 2, 3 and so on without a gap; place is where the
-- log has an entry, once it has.
CREATE TABLE queue (
    number BIGINT NOT NULL PRIMARY KEY,
    entry  BYTEA  NOT NULL,
    place  BIGINT
);
CREATE INDEX queue_pending ON queue (number) WHERE place IS NULL;

-- `last` is the last number of the queue, `logged` how many of its entries the log has.
CREATE TABLE queue_state (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
) WITH (fillfactor = 10);
INSERT INTO queue_state (name, value) VALUES ('last', 0), ('logged', 0);

CREATE TABLE votes (
    queued       BIGINT NOT NULL PRIMARY KEY,
    battle       BIGINT NOT NULL UNIQUE REFERENCES battles (id),
    person       BIGINT NOT NULL,
    contest      BIGINT NOT NULL,
    choice       TEXT   NOT NULL,
    tags         TEXT   NOT NULL,
    reason       BYTEA  NOT NULL,
    voted_ms     BIGINT NOT NULL,
    salt         BYTEA  NOT NULL,
    commitment   BYTEA  NOT NULL UNIQUE,
    withdrawn_ms BIGINT
);
CREATE INDEX votes_person ON votes (person, contest, voted_ms);
CREATE INDEX votes_contest ON votes (contest, queued);

CREATE TABLE reports (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    battle      BIGINT NOT NULL REFERENCES battles (id),
    person      BIGINT NOT NULL REFERENCES people (id),
    text        BYTEA  NOT NULL,
    reported_ms BIGINT NOT NULL
);

CREATE TABLE consents (
    person   BIGINT NOT NULL REFERENCES people (id),
    contest  BIGINT NOT NULL REFERENCES contests (id),
    consents BIGINT NOT NULL,
    set_ms   BIGINT NOT NULL,
    PRIMARY KEY (person, contest)
);
