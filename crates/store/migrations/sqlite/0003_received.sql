-- Answers and failures by candidate digest in the order in which they came, so that a batch is written behind the one
-- before: by the digest of the request, which is random, each batch would touch pages all over the file, and nothing is
-- looked up alone. Of a candidate's rows for one request the first answer holds, without one the last failure.
CREATE TABLE received (
    candidate BLOB    NOT NULL,
    place     INTEGER NOT NULL,
    is_failed INTEGER NOT NULL,
    request   BLOB    NOT NULL,
    response  TEXT    NOT NULL,
    PRIMARY KEY (candidate, place)
) WITHOUT ROWID;

INSERT INTO received (candidate, place, is_failed, request, response)
    SELECT candidate, ROW_NUMBER() OVER (PARTITION BY candidate ORDER BY is_failed, request), is_failed, request, response
    FROM (SELECT candidate, 0 AS is_failed, request, response FROM responses
          UNION ALL SELECT candidate, 1, request, response FROM failures);

DROP TABLE responses;
DROP TABLE failures;
