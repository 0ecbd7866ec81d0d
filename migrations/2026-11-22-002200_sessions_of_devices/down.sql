DROP TRIGGER sessions_updated_at ON sessions;
ALTER TABLE sessions
    DROP CONSTRAINT sessions_end_however_much_used,
    DROP COLUMN public_id,
    DROP COLUMN access_version,
    DROP COLUMN device,
    DROP COLUMN network,
    DROP COLUMN last_used_at,
    DROP COLUMN ends_at;
COMMENT ON COLUMN sessions.expires_at IS NULL;
