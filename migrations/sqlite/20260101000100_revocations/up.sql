-- What no longer opens anything: tokens of an issuer, narrowed by subject, client and token (jti) where those are given,
-- and to tokens issued before an instant where that is given. A row's number is never used again.
CREATE TABLE revocations (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL,
    subject TEXT,
    client TEXT,
    token TEXT,
    before BIGINT,
    created_at BIGINT NOT NULL
);

-- One row that counts the changes of `revocations`, whoever makes them: also a row deleted, and one changed by hand. A
-- process that has read all revocations since it saw a number has seen what was counted up to it. It only ever grows.
CREATE TABLE revocation_changes (
    id INTEGER NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);

INSERT INTO revocation_changes (id, number) VALUES (1, 0);

CREATE TRIGGER revocations_inserted AFTER INSERT ON revocations BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE TRIGGER revocations_updated AFTER UPDATE ON revocations BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE TRIGGER revocations_deleted AFTER DELETE ON revocations BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;
