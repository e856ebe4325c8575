-- How many votes that hold a person has cast in a contest, by day of Korea (its first millisecond).
CREATE TABLE tallies (
    person   BIGINT NOT NULL,
    contest  BIGINT NOT NULL,
    began_ms BIGINT NOT NULL,
    votes    BIGINT NOT NULL,
    PRIMARY KEY (person, contest, began_ms)
);
INSERT INTO tallies (person, contest, began_ms, votes)
    SELECT person, contest, began_ms, COUNT(*) FROM (
        SELECT person, contest, (voted_ms + 32400000) / 86400000 * 86400000 - 32400000 AS began_ms
        FROM votes WHERE withdrawn_ms IS NULL
    ) AS cast_votes
    GROUP BY person, contest, began_ms;
