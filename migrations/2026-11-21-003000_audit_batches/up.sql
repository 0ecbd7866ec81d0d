-- What seals the events: who holds the head of a batch can tell whether any event up to then was altered, removed,
-- added or moved. Events are sealed after they were written, so that no writer waits for another.
CREATE TABLE audit_batches (
    number bigint PRIMARY KEY CONSTRAINT audit_batches_number_from_one CHECK (number > 0),
    event_ids uuid[] NOT NULL,
    event_hashes bytea NOT NULL,
    -- The latest of its events. Events that were under way when it was sealed may be a little older, and are in a later one.
    last_occurred_at timestamptz NOT NULL,
    root bytea NOT NULL CONSTRAINT audit_batches_root_is_hash CHECK (octet_length(root) = 32),
    head bytea NOT NULL CONSTRAINT audit_batches_head_is_hash CHECK (octet_length(head) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT audit_batches_one_hash_each CHECK (cardinality(event_ids) > 0 AND octet_length(event_hashes) = 32 * cardinality(event_ids))
);
COMMENT ON TABLE audit_batches IS 'Merkle trees (RFC 9162) over the events, each chained to the one before. Append-only.';
COMMENT ON COLUMN audit_batches.event_hashes IS 'SHA-256 of each event, 32 bytes each, in the order of event_ids.';
CREATE INDEX audit_batches_last_occurred_at ON audit_batches (last_occurred_at);
CREATE TRIGGER audit_batches_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_batches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON audit_batches FROM medconnect_app;

-- For what is not sealed yet, and for whoever looks through all of them.
CREATE INDEX audit_events_occurred_at ON audit_events (occurred_at, id);
