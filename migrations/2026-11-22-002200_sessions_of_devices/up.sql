-- Sessions as their owner sees them: on which device, from where, since when, last used when.
ALTER TABLE sessions
    ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN access_version integer NOT NULL DEFAULT 0,
    ADD COLUMN device text NOT NULL DEFAULT 'Unknown device',
    ADD COLUMN network text,
    ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN ends_at timestamptz NOT NULL DEFAULT now() + interval '14 days';
UPDATE sessions SET access_version = coalesce((data ->> 'version')::integer, 0), last_used_at = created_at,
    ends_at = greatest(created_at + interval '14 days', expires_at);
ALTER TABLE sessions
    ALTER COLUMN access_version DROP DEFAULT,
    ALTER COLUMN device DROP DEFAULT,
    ALTER COLUMN last_used_at DROP DEFAULT,
    ALTER COLUMN ends_at DROP DEFAULT,
    ADD CONSTRAINT sessions_end_however_much_used CHECK (expires_at <= ends_at);
COMMENT ON COLUMN sessions.public_id IS 'Names the session to its owner; opens nothing.';
COMMENT ON COLUMN sessions.access_version IS 'That of the person when they signed in: with another one the session is over.';
COMMENT ON COLUMN sessions.device IS 'What the browser says it is, in two or three words of ours.';
COMMENT ON COLUMN sessions.network IS 'Where it was last used from: an IPv4 address or the /64 of an IPv6 address.';
COMMENT ON COLUMN sessions.expires_at IS 'When it ends unless it is used before.';
COMMENT ON COLUMN sessions.ends_at IS 'When it ends however much it is used.';
CREATE UNIQUE INDEX sessions_public_id ON sessions (public_id);
CREATE TRIGGER sessions_updated_at BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION set_updated_at();
