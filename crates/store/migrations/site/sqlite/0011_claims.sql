-- Whose the store is: what its first server said, and every other has to say.
CREATE TABLE claims (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
