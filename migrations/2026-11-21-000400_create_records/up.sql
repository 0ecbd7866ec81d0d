CREATE TABLE idempotency_keys (
    actor_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    route text NOT NULL,
    key text NOT NULL CONSTRAINT idempotency_keys_key_short CHECK (char_length(key) BETWEEN 1 AND 255),
    body_hash bytea NOT NULL,
    appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor_id, route, key)
);
COMMENT ON COLUMN idempotency_keys.body_hash IS 'SHA-256 of the request: the same key with another body is refused.';
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_appointment_id ON idempotency_keys (appointment_id);

CREATE TABLE audit_events (
    id uuid PRIMARY KEY,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    actor_id uuid,
    action text NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid,
    patient_id uuid,
    reason text,
    ip text,
    request_id text,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE audit_events IS 'Who did what to whose record. Append-only, and without clinical text. No foreign keys: an event outlives what it tells of.';
CREATE INDEX audit_events_patient ON audit_events (patient_id, occurred_at);
CREATE INDEX audit_events_actor ON audit_events (actor_id, occurred_at);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON audit_events FROM medconnect_app;

CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    topic text NOT NULL,
    unique_key text NOT NULL CONSTRAINT outbox_unique_key_unique UNIQUE,
    payload jsonb NOT NULL,
    available_at timestamptz NOT NULL DEFAULT now(),
    attempts smallint NOT NULL DEFAULT 0,
    leased_until timestamptz,
    done_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN outbox.unique_key IS 'What must happen once: enqueued twice it is one row.';
CREATE INDEX outbox_open ON outbox (available_at) WHERE done_at IS NULL;
CREATE TRIGGER outbox_updated_at BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION set_updated_at();
