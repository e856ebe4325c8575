-- What was sent for a candidate and what it took, or is at most being taken: a request that a budget bounds is counted
-- here before it is sent.
CREATE TABLE spending (
    candidate         BLOB    NOT NULL PRIMARY KEY,
    requests          INTEGER NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    untold            INTEGER NOT NULL
) WITHOUT ROWID;
