-- What no longer opens anything: tokens of an issuer, narrowed by subject, client and token (jti) where those are given,
-- and to tokens issued before an instant where that is given. The numbers count changes: a process whose highest
-- number is the table's highest has seen all.
CREATE TABLE revocations (
    number INTEGER NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT,
    client TEXT,
    token TEXT,
    before BIGINT,
    created_at BIGINT NOT NULL
);
