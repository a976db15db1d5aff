DROP TABLE seal_keys;
DROP TABLE idempotency_keys;
