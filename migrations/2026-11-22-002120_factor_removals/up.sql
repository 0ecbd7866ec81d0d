-- Second factors of people who have lost their phone and their recovery codes: one admin asks, another one agrees.
CREATE TABLE factor_removals (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    asked_by uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    grounds text NOT NULL CONSTRAINT factor_removals_grounds_length CHECK (char_length(grounds) BETWEEN 10 AND 500),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    approved_by uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT factor_removals_not_for_oneself CHECK (asked_by <> user_id AND approved_by IS DISTINCT FROM user_id),
    CONSTRAINT factor_removals_by_two CHECK (approved_by IS DISTINCT FROM asked_by),
    CONSTRAINT factor_removals_ended_by_approval CHECK (approved_by IS NULL OR ended_at IS NOT NULL)
);
COMMENT ON COLUMN factor_removals.grounds IS 'How the admin who asks has made sure who the person is.';
CREATE UNIQUE INDEX factor_removals_one_open ON factor_removals (user_id) WHERE ended_at IS NULL;
CREATE INDEX factor_removals_user ON factor_removals (user_id);
CREATE INDEX factor_removals_asked_by ON factor_removals (asked_by);
CREATE INDEX factor_removals_approved_by ON factor_removals (approved_by);
CREATE INDEX factor_removals_open ON factor_removals (expires_at) WHERE ended_at IS NULL;
CREATE TRIGGER factor_removals_updated_at BEFORE UPDATE ON factor_removals FOR EACH ROW EXECUTE FUNCTION set_updated_at();
