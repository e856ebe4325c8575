-- A turn whose answers are under way: who asks for them, until when nobody else may, and how often they were asked for.
ALTER TABLE turns ADD COLUMN claim BIGINT;
ALTER TABLE turns ADD COLUMN claimed_until_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;

-- Tokens of a contest's conversations by day, those that are under way with the most that they may take.
CREATE TABLE talked (
    contest BIGINT NOT NULL REFERENCES contests (id),
    day     TEXT   NOT NULL,
    tokens  BIGINT NOT NULL,
    PRIMARY KEY (contest, day)
);
