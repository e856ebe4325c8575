-- What battles, turns and votes refer to is looked for when a transaction ends, not with each statement: a statement that may
-- be undone alone makes SQLite copy every page that it changes. Only the text of the layout differs, no row.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
    SET sql = replace(replace(replace(sql,
        'REFERENCES battles (id)', 'REFERENCES battles (id) DEFERRABLE INITIALLY DEFERRED'),
        'REFERENCES contests (id)', 'REFERENCES contests (id) DEFERRABLE INITIALLY DEFERRED'),
        'REFERENCES people (id)', 'REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED')
    WHERE type = 'table' AND name IN ('battles', 'turns', 'votes');
PRAGMA writable_schema = RESET;
