-- The number of a vote's withdrawal in the queue, so that its receipt can prove it.
ALTER TABLE votes ADD COLUMN withdrawal BIGINT;
