ALTER TABLE payments
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT payments_refund_not_more_than_paid CHECK (refunded_minor BETWEEN 0 AND amount_minor);
COMMENT ON COLUMN payments.refunded_minor IS 'How much of what was paid goes back, or has gone.';
COMMENT ON COLUMN payments.provider_reference IS 'By which name the payment gateway knows it: the attempt that succeeded.';

-- What the gateway was asked for. It is asked after the commit, under the id of the attempt, so that asking twice is
-- asking once; what became of it is looked up until it is known.
CREATE TABLE payment_attempts (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments (id),
    kind text NOT NULL CONSTRAINT payment_attempts_kind_known CHECK (kind IN ('charge', 'refund')),
    amount_minor bigint NOT NULL CONSTRAINT payment_attempts_amount_positive CHECK (amount_minor > 0),
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'started'
        CONSTRAINT payment_attempts_status_known CHECK (status IN ('started', 'succeeded', 'declined', 'closed')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN payment_attempts.next_at IS 'When to ask the gateway what became of it, by the clock of the database.';
CREATE INDEX payment_attempts_payment_id ON payment_attempts (payment_id, created_at);
CREATE INDEX payment_attempts_next_at ON payment_attempts (next_at) WHERE status = 'started';
CREATE UNIQUE INDEX payment_attempts_one_charge ON payment_attempts (payment_id)
    WHERE kind = 'charge' AND status IN ('started', 'succeeded');
CREATE UNIQUE INDEX payment_attempts_one_refund ON payment_attempts (payment_id) WHERE kind = 'refund';
CREATE TRIGGER payment_attempts_updated_at BEFORE UPDATE ON payment_attempts
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Leaves of the payment for a visit what it costs in the end: what is not paid yet becomes less, what is paid goes back.
CREATE FUNCTION end_payment(appointment uuid, cost bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE payments SET amount_minor = cost, status = CASE WHEN cost = 0 THEN 'cancelled' ELSE status END
    WHERE appointment_id = appointment AND status = 'pending';
    WITH given_back AS (
        UPDATE payments SET refunded_minor = amount_minor - cost, status = CASE WHEN cost = 0 THEN 'refunded' ELSE status END
        WHERE appointment_id = appointment AND status = 'paid' AND amount_minor > cost AND refunded_minor = 0
        RETURNING id, refunded_minor, currency
    )
    INSERT INTO payment_attempts (id, payment_id, kind, amount_minor, currency)
    SELECT gen_random_uuid(), id, 'refund', refunded_minor, currency FROM given_back;
$$;

-- What the payment page of the demo remembers: it stands for a gateway that is somewhere else, and so refers to nothing
-- here.
CREATE TABLE demo_checkouts (
    id uuid PRIMARY KEY,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    back_to text NOT NULL,
    outcome text NOT NULL DEFAULT 'open'
        CONSTRAINT demo_checkouts_outcome_known CHECK (outcome IN ('open', 'paid', 'declined', 'closed')),
    refunded_minor bigint NOT NULL DEFAULT 0 CONSTRAINT demo_checkouts_refund_possible CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER demo_checkouts_updated_at BEFORE UPDATE ON demo_checkouts
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
