DROP INDEX revocations_subject;
ALTER TABLE revocations DROP COLUMN own;
DROP TABLE client_grants;
