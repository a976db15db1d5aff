-- One row, written when somebody asks whether the server is ready: a disk that takes no writes is not.
CREATE TABLE readiness (
    id BIGINT NOT NULL PRIMARY KEY,
    checked_at BIGINT NOT NULL
);

INSERT INTO readiness (id, checked_at) VALUES (1, 0);
