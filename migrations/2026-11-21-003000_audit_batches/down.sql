DROP INDEX audit_events_occurred_at;
DROP TABLE audit_batches;
