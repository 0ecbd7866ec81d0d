-- Doctors who open the record of somebody who is not their patient, because there is no time to ask.
CREATE TABLE emergency_accesses (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    patient_id uuid NOT NULL REFERENCES users (id),
    reason text NOT NULL CONSTRAINT emergency_accesses_reason_length CHECK (char_length(reason) BETWEEN 20 AND 500),
    opened_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz NOT NULL DEFAULT now() + interval '60 minutes',
    reviewed_by uuid REFERENCES users (id),
    reviewed_at timestamptz,
    is_justified boolean,
    finding text CONSTRAINT emergency_accesses_finding_length CHECK (char_length(finding) BETWEEN 10 AND 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT emergency_accesses_of_others CHECK (user_id <> patient_id),
    CONSTRAINT emergency_accesses_an_hour CHECK (ends_at BETWEEN opened_at AND opened_at + interval '60 minutes'),
    CONSTRAINT emergency_accesses_reviewed_by_another CHECK (reviewed_by NOT IN (user_id, patient_id)),
    CONSTRAINT emergency_accesses_reviewed_whole CHECK (num_nonnulls(reviewed_by, reviewed_at, is_justified) IN (0, 3)),
    CONSTRAINT emergency_accesses_finding_said CHECK (is_justified IS NOT FALSE OR finding IS NOT NULL),
    CONSTRAINT emergency_accesses_one_at_a_time
        EXCLUDE USING gist (user_id WITH =, patient_id WITH =, tstzrange(opened_at, ends_at) WITH &&)
);
COMMENT ON TABLE emergency_accesses IS 'Break-glass: each is for one patient, lasts an hour at most, and is looked at by somebody else afterwards.';
COMMENT ON COLUMN emergency_accesses.user_id IS 'The doctor.';
COMMENT ON COLUMN emergency_accesses.reason IS 'In the words of the doctor; may be clinical.';
COMMENT ON COLUMN emergency_accesses.finding IS 'What the reviewer says of it, to the patient.';
CREATE INDEX emergency_accesses_user ON emergency_accesses (user_id, ends_at);
CREATE INDEX emergency_accesses_patient ON emergency_accesses (patient_id, opened_at);
CREATE INDEX emergency_accesses_reviewed_by ON emergency_accesses (reviewed_by, reviewed_at) WHERE reviewed_by IS NOT NULL;
CREATE INDEX emergency_accesses_to_review ON emergency_accesses (opened_at, id) WHERE reviewed_at IS NULL;
CREATE TRIGGER emergency_accesses_updated_at BEFORE UPDATE ON emergency_accesses FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Who opened what and why is not for the application to change.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON emergency_accesses FROM medconnect_app;
GRANT INSERT (id, user_id, patient_id, reason, opened_at, ends_at) ON emergency_accesses TO medconnect_app;
GRANT UPDATE (ends_at, reviewed_by, reviewed_at, is_justified, finding) ON emergency_accesses TO medconnect_app;

-- Neither is a review that has been given, nor an end that has come.
CREATE FUNCTION keep_emergency_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reviewed_at IS NOT NULL OR NEW.ends_at > OLD.ends_at THEN
        RAISE EXCEPTION 'an emergency access is neither prolonged nor reviewed again'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'emergency_accesses_kept';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER emergency_accesses_kept BEFORE UPDATE ON emergency_accesses FOR EACH ROW EXECUTE FUNCTION keep_emergency_access();

-- Doctors find the person in front of them by name and date of birth.
CREATE INDEX users_born ON users (date_of_birth, lower(last_name)) WHERE date_of_birth IS NOT NULL;

-- Gives and takes nothing that the trigger looks after, which would ask for a manager in a clinic that has nobody yet.
ALTER TABLE roles DISABLE TRIGGER roles_keep_manager;
UPDATE roles SET permissions = permissions || '["emergencies.review"]' WHERE name = 'admin' AND NOT permissions ? 'emergencies.review';
ALTER TABLE roles ENABLE TRIGGER roles_keep_manager;
