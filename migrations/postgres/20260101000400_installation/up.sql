-- One row: which database this is, whatever it is called and wherever it lies. Made at the first start; the folder of the
-- blobs keeps the same id, so that one is never served, swept or backed up beside another's.
CREATE TABLE installation (
    id BIGINT NOT NULL PRIMARY KEY,
    uid BYTEA NOT NULL CHECK (length(uid) = 16)
);
