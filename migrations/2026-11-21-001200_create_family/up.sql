-- A dependant is a person without an account: a guardian, who has one, books and reads for them.
ALTER TABLE users
    ALTER COLUMN email DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD CONSTRAINT users_account_is_whole CHECK ((email IS NULL) = (password_hash IS NULL));
COMMENT ON COLUMN users.email IS 'Empty: a dependant, who cannot sign in.';

CREATE TABLE dependants (
    person_id uuid PRIMARY KEY REFERENCES users (id),
    guardian_id uuid NOT NULL REFERENCES users (id),
    relationship text NOT NULL CONSTRAINT dependants_relationship_known CHECK (relationship IN ('child', 'partner', 'parent', 'other')),
    removed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dependants_of_somebody_else CHECK (person_id <> guardian_id)
);
COMMENT ON COLUMN dependants.removed_at IS 'Since when nothing is booked for them; what was booked before stays in sight.';
CREATE INDEX dependants_guardian_id ON dependants (guardian_id);
CREATE TRIGGER dependants_updated_at BEFORE UPDATE ON dependants FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- The guardian's row is locked first: of two that would each be the tenth, the second counts the first.
CREATE FUNCTION check_dependants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.guardian_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM dependants WHERE guardian_id = NEW.guardian_id AND removed_at IS NULL) >= 10 THEN
        RAISE EXCEPTION 'nobody has more than ten dependants'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dependants_at_most_ten', TABLE = 'dependants';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dependants_at_most_ten BEFORE INSERT ON dependants FOR EACH ROW EXECUTE FUNCTION check_dependants();
