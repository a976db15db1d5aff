-- Which client read or changed how many items of what kind of each person's, by the hour; what it was refused is counted too.
-- The key is the order in which the person sees it. Hours are microseconds of when they begin; operation: 0 read, 1 write.
CREATE TABLE access_log (
    person BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    operation BIGINT NOT NULL,
    id BYTEA NOT NULL CHECK (length(id) = 16),
    items BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    PRIMARY KEY (person, hour, client, kind, operation)
);

CREATE INDEX access_log_hour ON access_log (hour);
