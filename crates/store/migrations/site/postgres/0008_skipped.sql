-- Battles of a day that a person was shown and that have no vote that holds, by the person's own doing: left, reported, withdrawn.
ALTER TABLE tallies ADD COLUMN skipped BIGINT NOT NULL DEFAULT 0;
