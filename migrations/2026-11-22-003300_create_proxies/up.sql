-- Adults with an account of their own who act for a patient: what they may do is said by the patient, has an end, and
-- is taken back at once. Until somebody accepts, a grant is an invitation that goes to an address.
CREATE TABLE proxy_grants (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES users (id),
    proxy_id uuid REFERENCES users (id),
    invited_email text CONSTRAINT proxy_grants_email_lower_case CHECK (invited_email = lower(invited_email)),
    scopes text[] NOT NULL CONSTRAINT proxy_grants_scopes_known CHECK (
        scopes IN ('{visits}', '{visits,booking}', '{health}', '{visits,health}', '{visits,booking,health}')),
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL,
    accepted_at timestamptz,
    ended_at timestamptz,
    ended_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT proxy_grants_to_somebody_else CHECK (proxy_id <> patient_id),
    CONSTRAINT proxy_grants_a_year CHECK (ends_at > granted_at AND ends_at <= granted_at + interval '8760 hours'),
    CONSTRAINT proxy_grants_accepted_by_somebody CHECK (num_nonnulls(proxy_id, accepted_at) IN (0, 2)),
    -- Somebody has a week to accept.
    CONSTRAINT proxy_grants_accepted_in_time CHECK (accepted_at BETWEEN granted_at AND granted_at + interval '168 hours'),
    CONSTRAINT proxy_grants_invite_an_address CHECK (invited_email IS NOT NULL OR ended_at IS NOT NULL),
    CONSTRAINT proxy_grants_ended_before_by CHECK (ended_by IS NULL OR ended_at IS NOT NULL)
);
COMMENT ON TABLE proxy_grants IS 'FHIR Consent for a RelatedPerson. Links are not kept: they follow from the key of the clinic and the id.';
COMMENT ON COLUMN proxy_grants.proxy_id IS 'Who acts for the patient; empty until they accept.';
COMMENT ON COLUMN proxy_grants.invited_email IS 'Forgotten a day after the grant has ended.';
COMMENT ON COLUMN proxy_grants.ended_by IS 'Empty: its time, or a newer grant, has ended it.';
-- One for each two people, so that there is one answer to what somebody may do.
CREATE UNIQUE INDEX proxy_grants_one_a_pair ON proxy_grants (proxy_id, patient_id) WHERE ended_at IS NULL AND proxy_id IS NOT NULL;
CREATE UNIQUE INDEX proxy_grants_one_an_address ON proxy_grants (patient_id, invited_email) WHERE ended_at IS NULL AND proxy_id IS NULL;
CREATE INDEX proxy_grants_patient ON proxy_grants (patient_id, granted_at);
CREATE INDEX proxy_grants_proxy ON proxy_grants (proxy_id);
CREATE INDEX proxy_grants_ended_by ON proxy_grants (ended_by) WHERE ended_by IS NOT NULL;
CREATE INDEX proxy_grants_invited ON proxy_grants (invited_email, granted_at) WHERE invited_email IS NOT NULL;
CREATE INDEX proxy_grants_unanswered ON proxy_grants (granted_at) WHERE ended_at IS NULL AND proxy_id IS NULL;
CREATE INDEX proxy_grants_running ON proxy_grants (ends_at) WHERE ended_at IS NULL;
CREATE INDEX proxy_grants_with_address ON proxy_grants (ended_at) WHERE ended_at IS NOT NULL AND invited_email IS NOT NULL;
CREATE TRIGGER proxy_grants_updated_at BEFORE UPDATE ON proxy_grants FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- What was granted to whom until when is not for the application to change: it makes another grant.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON proxy_grants FROM medconnect_app;
GRANT INSERT (id, patient_id, invited_email, scopes, granted_at, ends_at) ON proxy_grants TO medconnect_app;
GRANT UPDATE (proxy_id, accepted_at, ended_at, ended_by, invited_email) ON proxy_grants TO medconnect_app;

-- Neither is who has accepted it, nor that it has ended.
CREATE FUNCTION keep_proxy_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.ended_by, NEW.proxy_id) IS DISTINCT FROM (OLD.ended_at, OLD.ended_by, OLD.proxy_id)
        OR OLD.proxy_id IS NOT NULL AND NEW.proxy_id IS DISTINCT FROM OLD.proxy_id
        OR NEW.invited_email IS NOT NULL AND NEW.invited_email IS DISTINCT FROM OLD.invited_email THEN
        RAISE EXCEPTION 'a grant is neither passed on nor begun again'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proxy_grants_kept', TABLE = 'proxy_grants';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proxy_grants_kept BEFORE UPDATE ON proxy_grants FOR EACH ROW EXECUTE FUNCTION keep_proxy_grant();

-- The patient's row is locked first: of two that would each be the tenth, the second counts the first. What the new
-- one is to replace does not count.
CREATE FUNCTION check_proxy_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.patient_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM proxy_grants WHERE patient_id = NEW.patient_id AND ended_at IS NULL AND ends_at > clock_timestamp()
            AND (proxy_id IS NOT NULL OR granted_at > clock_timestamp() - interval '168 hours')
            AND invited_email IS DISTINCT FROM NEW.invited_email) >= 10 THEN
        RAISE EXCEPTION 'nobody lets more than ten others act for them'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proxy_grants_at_most_ten', TABLE = 'proxy_grants';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proxy_grants_at_most_ten BEFORE INSERT ON proxy_grants FOR EACH ROW EXECUTE FUNCTION check_proxy_grants();
CREATE TRIGGER proxy_grants_of_open_accounts AFTER INSERT ON proxy_grants
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_accounts();

-- Those for whom `actor` may now do what `scope` names, by the clock of the database.
CREATE FUNCTION acts_for(actor uuid, scope text) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 5 AS $$
    SELECT patient_id FROM proxy_grants
    WHERE proxy_id = actor AND scope = ANY (scopes) AND ended_at IS NULL AND ends_at > clock_timestamp()
$$;
