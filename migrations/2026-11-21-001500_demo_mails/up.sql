-- The mailbox of the demo: it stands for everybody's, and so refers to nobody here.
CREATE TABLE demo_mails (
    id uuid PRIMARY KEY,
    to_name text NOT NULL,
    to_address text NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    calendar_method text CONSTRAINT demo_mails_method_known CHECK (calendar_method IN ('REQUEST', 'CANCEL')),
    calendar text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT demo_mails_calendar_is_whole CHECK ((calendar IS NULL) = (calendar_method IS NULL))
);
COMMENT ON COLUMN demo_mails.id IS 'The message of the outbox: sent twice, it is one mail.';
CREATE INDEX demo_mails_newest ON demo_mails (created_at DESC, id);
CREATE INDEX demo_mails_to_address ON demo_mails (to_address, created_at DESC, id);
CREATE TRIGGER demo_mails_updated_at BEFORE UPDATE ON demo_mails FOR EACH ROW EXECUTE FUNCTION set_updated_at();
