-- Answers by candidate digest AND request digest: one model never gets another's answers.
CREATE TABLE responses (
    candidate BLOB NOT NULL,
    request   BLOB NOT NULL,
    response  TEXT NOT NULL,
    PRIMARY KEY (candidate, request)
) WITHOUT ROWID;

-- The last failure of a request that has no answer; asked again by the next run.
CREATE TABLE failures (
    candidate BLOB NOT NULL,
    request   BLOB NOT NULL,
    response  TEXT NOT NULL,
    PRIMARY KEY (candidate, request)
) WITHOUT ROWID;
