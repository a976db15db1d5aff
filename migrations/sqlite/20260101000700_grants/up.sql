-- Which client sites use tokens of each person's: seen on the way, so never deleted when access is taken back. A consent counts
-- from a token's sign-in, else from the first use, or anew from when the person restored it.
CREATE TABLE client_grants (
    person INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    changed BIGINT NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    first_used BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    auth_time BIGINT,
    issued_at BIGINT NOT NULL,
    revoked_at BIGINT,
    cut BIGINT,
    restored_at BIGINT,
    PRIMARY KEY (person, id),
    UNIQUE (person, client)
) WITHOUT ROWID;

CREATE INDEX client_grants_first_used ON client_grants (first_used);
CREATE INDEX client_grants_restored ON client_grants (restored_at);

-- What every process keeps in memory of these rows changes with these columns only; each use of a token must not count.
CREATE TRIGGER client_grants_updated AFTER UPDATE OF first_used, restored_at ON client_grants BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE TRIGGER client_grants_deleted AFTER DELETE ON client_grants BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

-- 1: the person took it back, and may restore it. 0: the operator did, whom no person overrules.
ALTER TABLE revocations ADD COLUMN own INTEGER NOT NULL DEFAULT 0;

CREATE INDEX revocations_subject ON revocations (issuer, subject);
