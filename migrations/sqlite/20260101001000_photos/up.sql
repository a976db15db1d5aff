-- What photos' bytes are named by, whoever's rows name them: every table with a column that does REFERENCES this one. A row is there before its bytes
-- are, and goes after them.
CREATE TABLE contents (
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    size BIGINT NOT NULL,
    -- When somebody last meant to name it.
    touched BIGINT NOT NULL,
    -- When its bytes began to be taken away: nobody may name it until the row is gone. Null: they are not.
    doomed BIGINT,
    PRIMARY KEY (sha256)
) WITHOUT ROWID;
