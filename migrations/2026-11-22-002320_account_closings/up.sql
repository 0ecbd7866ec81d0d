-- Accounts that their people have closed. The address is kept until it has been written to, and then forgotten.
CREATE TABLE account_closings (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) CONSTRAINT account_closings_once UNIQUE,
    email text,
    closed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN account_closings.email IS 'Where the account said goodbye; empty a week later.';
CREATE INDEX account_closings_with_address ON account_closings (closed_at) WHERE email IS NOT NULL;
CREATE TRIGGER account_closings_updated_at BEFORE UPDATE ON account_closings FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Whoever books while the account closes waits for the account's row, and is refused here.
CREATE FUNCTION refuse_closed_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written JOIN users ON users.id = written.patient_id WHERE NOT users.is_active) THEN
        RAISE EXCEPTION 'the account is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER appointments_of_open_accounts AFTER INSERT ON appointments
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_accounts();
CREATE TRIGGER waitlist_entries_of_open_accounts AFTER INSERT ON waitlist_entries
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_accounts();
