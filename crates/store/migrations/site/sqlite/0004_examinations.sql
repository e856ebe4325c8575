-- What the registered tests of voters found at one time; `slot` is the hour since 1970, or -1 at the close.
CREATE TABLE examinations (
    contest BIGINT NOT NULL REFERENCES contests (id),
    slot    BIGINT NOT NULL,
    at_ms   BIGINT NOT NULL,
    line    BLOB  NOT NULL,
    PRIMARY KEY (contest, slot)
);
