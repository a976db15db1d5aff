DROP TABLE revocations;
DROP FUNCTION count_revocation_change();
DROP TABLE revocation_changes;
