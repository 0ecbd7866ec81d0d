DROP TABLE outbox, audit_events, idempotency_keys;
DROP FUNCTION refuse_change;
