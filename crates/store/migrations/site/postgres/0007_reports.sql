-- One report of a person and battle: of several the newest stays.
DELETE FROM reports WHERE id NOT IN (SELECT MAX(id) FROM reports GROUP BY battle, person);
CREATE UNIQUE INDEX reports_one ON reports (battle, person);

-- When the office handled it, and whether it keeps the conversation from being published. The close settles the latter.
ALTER TABLE reports ADD COLUMN handled_ms BIGINT;
ALTER TABLE reports ADD COLUMN held_back BIGINT NOT NULL DEFAULT 1;
UPDATE reports SET held_back = 0 WHERE battle IN (
    SELECT b.id FROM battles b JOIN contests c ON c.id = b.contest WHERE c.closed_ms IS NOT NULL
);
