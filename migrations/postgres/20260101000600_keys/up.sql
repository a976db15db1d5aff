-- Which creates were done already, for a day: the SHA-256 of the client and its Idempotency-Key, that of the request, and what
-- it made. Of every kind of resource.
CREATE TABLE idempotency_keys (
    person BIGINT NOT NULL,
    key BYTEA NOT NULL CHECK (length(key) = 32),
    request BYTEA NOT NULL CHECK (length(request) = 32),
    item BYTEA NOT NULL CHECK (length(item) = 16),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person, key)
);

CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

-- What page and delta tokens are sealed with; the greatest number is the current one, the one before still opens. Every process
-- accepts every other's.
CREATE TABLE seal_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL CHECK (length(secret) = 32)
);
