-- Accounts that are to have another address. The old one is told, and can take it back for a week.
CREATE TABLE address_changes (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    access_version integer NOT NULL,
    old_email text NOT NULL,
    new_email text NOT NULL CONSTRAINT address_changes_email_lower_case CHECK (new_email = lower(new_email)),
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    undo_until timestamptz,
    undone_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT address_changes_done_before_undone CHECK (undo_until IS NULL OR ended_at IS NOT NULL)
);
COMMENT ON TABLE address_changes IS 'Links are not kept: they follow from the key of the clinic and the id.';
COMMENT ON COLUMN address_changes.access_version IS 'That of the account when it was asked for: after a new password, what was asked for before is over.';
COMMENT ON COLUMN address_changes.ended_at IS 'When the link to the new address was used, or another change was asked for.';
COMMENT ON COLUMN address_changes.undo_until IS 'Set when the address was changed: until when the old one can take it back.';
CREATE UNIQUE INDEX address_changes_newest_only ON address_changes (user_id) WHERE ended_at IS NULL;
CREATE INDEX address_changes_user_id ON address_changes (user_id);
CREATE INDEX address_changes_old_email ON address_changes (old_email);
CREATE INDEX address_changes_new_email ON address_changes (new_email, asked_at);
CREATE INDEX address_changes_asked_at ON address_changes (asked_at);
CREATE TRIGGER address_changes_updated_at BEFORE UPDATE ON address_changes FOR EACH ROW EXECUTE FUNCTION set_updated_at();
