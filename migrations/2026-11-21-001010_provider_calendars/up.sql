-- A calendar that a doctor keeps elsewhere. Only when it blocks is known here, never why.
CREATE TABLE provider_calendars (
    provider_id uuid PRIMARY KEY REFERENCES providers (id) ON DELETE CASCADE,
    address text NOT NULL CONSTRAINT provider_calendars_address_possible CHECK (char_length(address) BETWEEN 1 AND 2000),
    due_at timestamptz NOT NULL,
    etag text,
    last_modified text,
    whole_at timestamptz,
    read_at timestamptz,
    problem text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN provider_calendars.due_at IS 'When it is read next.';
COMMENT ON COLUMN provider_calendars.etag IS 'What the other server called the state that was read last, to ask for changes alone.';
COMMENT ON COLUMN provider_calendars.whole_at IS 'When it was last read from end to end, changed or not: each day brings new times within reach.';
COMMENT ON COLUMN provider_calendars.read_at IS 'When it last answered as it should.';
COMMENT ON COLUMN provider_calendars.problem IS 'What went wrong since, in words for the doctor.';
CREATE INDEX provider_calendars_due_at ON provider_calendars (due_at);
CREATE TRIGGER provider_calendars_updated_at BEFORE UPDATE ON provider_calendars FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE provider_busy_times (
    provider_id uuid NOT NULL REFERENCES provider_calendars (provider_id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    during tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, ends_at, '[)')) STORED,
    source text NOT NULL DEFAULT 'calendar' CONSTRAINT provider_busy_times_source_known CHECK (source IN ('calendar')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider_id, starts_at),
    CONSTRAINT provider_busy_times_start_before_end CHECK (starts_at < ends_at),
    CONSTRAINT provider_busy_times_apart EXCLUDE USING gist (provider_id WITH =, during WITH &&)
);
CREATE TRIGGER provider_busy_times_updated_at BEFORE UPDATE ON provider_busy_times FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER provider_busy_times_version_insert AFTER INSERT ON provider_busy_times
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER provider_busy_times_version_update AFTER UPDATE ON provider_busy_times
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER provider_busy_times_version_delete AFTER DELETE ON provider_busy_times
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
