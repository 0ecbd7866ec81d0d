DROP INDEX outbox_open;
ALTER TABLE outbox DROP COLUMN dead_at, DROP COLUMN problem;
CREATE INDEX outbox_open ON outbox (available_at) WHERE done_at IS NULL;
DROP TABLE hospital_syncs;
DROP TABLE license_checks;
