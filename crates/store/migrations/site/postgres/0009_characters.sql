-- Characters of both answers of a turn of a conversation. They stay where the texts are deleted: the test of speed needs them.
-- Of recorded answers the contest knows them.
ALTER TABLE turns ADD COLUMN characters BIGINT;
UPDATE turns SET characters = LENGTH(left_text, 'UTF8') + LENGTH(right_text, 'UTF8')
    WHERE LENGTH(left_text) + LENGTH(right_text) > 0
    AND battle IN (SELECT id FROM battles WHERE mode = 'live');
