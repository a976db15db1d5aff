-- What no longer opens anything: tokens of an issuer, narrowed by subject, client and token (jti) where those are given,
-- and to tokens issued before an instant where that is given. The numbers count changes: a process whose highest
-- number is the table's highest has seen all.
CREATE TABLE revocations (
    number BIGINT NOT NULL PRIMARY KEY,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    client TEXT COLLATE "C",
    token TEXT COLLATE "C",
    before BIGINT,
    created_at BIGINT NOT NULL
);
