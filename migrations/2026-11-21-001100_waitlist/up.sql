-- People who wait for a time, what they were offered, and what became free for them.
CREATE TABLE waitlist_entries (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES users (id),
    provider_id uuid REFERENCES providers (id),
    specialization text CONSTRAINT waitlist_entries_specialization_known CHECK (specialization IN (
        'cardiology', 'dermatology', 'endocrinology', 'gastroenterology', 'general_practice', 'geriatrics', 'gynaecology',
        'haematology', 'nephrology', 'neurology', 'oncology', 'ophthalmology', 'orthopaedics', 'otolaryngology',
        'paediatrics', 'physiotherapy', 'psychiatry', 'pulmonology', 'rheumatology', 'urology')),
    hospital_id uuid REFERENCES hospitals (id),
    city text CONSTRAINT waitlist_entries_city_short CHECK (char_length(city) BETWEEN 1 AND 100),
    kinds text[] NOT NULL CONSTRAINT waitlist_entries_kinds_known CHECK (kinds <@ ARRAY['video', 'phone', 'in_person'] AND kinds <> '{}'),
    weekdays smallint NOT NULL CONSTRAINT waitlist_entries_weekdays_possible CHECK (weekdays BETWEEN 1 AND 127),
    time_zone text NOT NULL,
    starts time NOT NULL,
    ends time NOT NULL,
    from_date date NOT NULL,
    until_date date NOT NULL,
    reason text NOT NULL CONSTRAINT waitlist_entries_reason_short CHECK (char_length(reason) BETWEEN 1 AND 500),
    status text NOT NULL DEFAULT 'waiting'
        CONSTRAINT waitlist_entries_status_known CHECK (status IN ('waiting', 'booked', 'left', 'expired')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT waitlist_entries_doctor_or_specialty CHECK (num_nonnulls(provider_id, specialization) = 1),
    CONSTRAINT waitlist_entries_one_place CHECK (num_nonnulls(hospital_id, city) <= 1),
    CONSTRAINT waitlist_entries_times_possible CHECK (starts < ends OR ends = '00:00'),
    CONSTRAINT waitlist_entries_dates_possible CHECK (until_date BETWEEN from_date AND from_date + 366)
);
COMMENT ON COLUMN waitlist_entries.weekdays IS 'A bit for each day, Monday the lowest.';
COMMENT ON COLUMN waitlist_entries.starts IS 'A visit may begin from then on, on the clock of time_zone.';
COMMENT ON COLUMN waitlist_entries.ends IS 'And before then; 00:00 is midnight at the end of the day.';
CREATE UNIQUE INDEX waitlist_entries_one_a_doctor ON waitlist_entries (provider_id, patient_id) WHERE status = 'waiting';
CREATE UNIQUE INDEX waitlist_entries_one_a_specialty ON waitlist_entries (specialization, patient_id) WHERE status = 'waiting';
CREATE INDEX waitlist_entries_patient ON waitlist_entries (patient_id, created_at);
CREATE INDEX waitlist_entries_hospital_id ON waitlist_entries (hospital_id) WHERE hospital_id IS NOT NULL;
CREATE INDEX waitlist_entries_until ON waitlist_entries (until_date) WHERE status = 'waiting';
CREATE TRIGGER waitlist_entries_updated_at BEFORE UPDATE ON waitlist_entries FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- The row of the person is locked first: of two entries that would each be the fifth, the second is counted after the
-- first is written.
CREATE FUNCTION check_waitlist_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.patient_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM waitlist_entries WHERE patient_id = NEW.patient_id AND status = 'waiting') >= 5 THEN
        RAISE EXCEPTION 'nobody waits in more than five lists'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'waitlist_entries_five_at_most', TABLE = 'waitlist_entries';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER waitlist_entries_at_most BEFORE INSERT ON waitlist_entries FOR EACH ROW EXECUTE FUNCTION check_waitlist_entries();

-- An offer is a time that is kept for whoever waits: a hold beside the one they may choose themselves.
ALTER TABLE appointments ADD COLUMN from_waitlist boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN appointments.from_waitlist IS 'Whether the time was first kept because somebody waited for it.';
DROP INDEX appointments_one_hold;
CREATE UNIQUE INDEX appointments_one_hold ON appointments (patient_id, provider_id) WHERE status = 'held' AND NOT from_waitlist;

CREATE TABLE waitlist_offers (
    id uuid PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES waitlist_entries (id) ON DELETE CASCADE,
    appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL,
    provider_id uuid NOT NULL REFERENCES providers (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    appointment_type text NOT NULL CONSTRAINT waitlist_offers_type_known CHECK (appointment_type IN ('video', 'phone', 'in_person')),
    token_hash bytea NOT NULL
        CONSTRAINT waitlist_offers_token_hash_is_sha256 CHECK (octet_length(token_hash) = 32)
        CONSTRAINT waitlist_offers_token_hash_unique UNIQUE,
    expires_at timestamptz NOT NULL,
    position integer NOT NULL CONSTRAINT waitlist_offers_position_counts CHECK (position > 0),
    waiting integer NOT NULL,
    outcome text NOT NULL DEFAULT 'pending'
        CONSTRAINT waitlist_offers_outcome_known CHECK (outcome IN ('pending', 'accepted', 'declined', 'lapsed', 'withdrawn')),
    settled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT waitlist_offers_position_among_waiting CHECK (position <= waiting),
    CONSTRAINT waitlist_offers_settled_once CHECK ((outcome = 'pending') = (settled_at IS NULL))
);
COMMENT ON COLUMN waitlist_offers.appointment_id IS 'The kept time, later the visit; empty once an ended one is forgotten.';
COMMENT ON COLUMN waitlist_offers.token_hash IS 'SHA-256 of the token in the address that the person is sent.';
COMMENT ON COLUMN waitlist_offers.position IS 'The place in the line of those who would take this time, among "waiting" of them.';
CREATE UNIQUE INDEX waitlist_offers_one_an_entry ON waitlist_offers (entry_id) WHERE outcome = 'pending';
CREATE UNIQUE INDEX waitlist_offers_one_a_time ON waitlist_offers (provider_id, starts_at) WHERE outcome = 'pending';
CREATE UNIQUE INDEX waitlist_offers_never_twice ON waitlist_offers (entry_id, provider_id, starts_at);
CREATE INDEX waitlist_offers_provider ON waitlist_offers (provider_id, starts_at);
CREATE INDEX waitlist_offers_log ON waitlist_offers (provider_id, created_at);
CREATE INDEX waitlist_offers_appointment_id ON waitlist_offers (appointment_id);
CREATE TRIGGER waitlist_offers_updated_at BEFORE UPDATE ON waitlist_offers FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE DELETE ON waitlist_offers FROM medconnect_app;

-- What becomes of the kept time becomes of the offer, whoever writes.
CREATE FUNCTION settle_waitlist_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled uuid;
BEGIN
    UPDATE waitlist_offers SET settled_at = clock_timestamp(), outcome = CASE
        WHEN NEW.status <> 'expired' THEN 'accepted'
        WHEN NEW.held_until <= clock_timestamp() THEN 'lapsed'
        WHEN NEW.changed_by = NEW.patient_id THEN 'declined'
        ELSE 'withdrawn' END
    WHERE appointment_id = NEW.id AND outcome = 'pending' RETURNING entry_id INTO settled;
    IF NEW.status <> 'expired' THEN
        UPDATE waitlist_entries SET status = 'booked' WHERE id = settled AND status = 'waiting';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER appointments_settle_offer AFTER UPDATE OF status ON appointments FOR EACH ROW
    WHEN (OLD.from_waitlist AND OLD.status = 'held' AND NEW.status <> 'held') EXECUTE FUNCTION settle_waitlist_offer();

-- What may be free for somebody who waits: a queue for the worker and, of visits that were given back, a log.
CREATE TABLE waitlist_openings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    provider_id uuid NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    cause text NOT NULL CONSTRAINT waitlist_openings_cause_known CHECK (cause IN ('given_back', 'released', 'changed', 'asked')),
    starts_at timestamptz,
    ends_at timestamptz,
    looked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT waitlist_openings_given_back_has_time CHECK (cause <> 'given_back' OR starts_at < ends_at)
);
COMMENT ON COLUMN waitlist_openings.cause IS 'given_back: a visit was cancelled or moved. released: a hold ended. changed: the doctor or their hours did. asked: somebody began to wait, or it was long since anybody looked.';
COMMENT ON COLUMN waitlist_openings.looked_at IS 'When the worker had looked; empty: it has yet to.';
CREATE INDEX waitlist_openings_new ON waitlist_openings (created_at) WHERE looked_at IS NULL;
CREATE INDEX waitlist_openings_provider ON waitlist_openings (provider_id, created_at);
CREATE INDEX waitlist_openings_old ON waitlist_openings (created_at) WHERE looked_at IS NOT NULL;
CREATE TRIGGER waitlist_openings_updated_at BEFORE UPDATE ON waitlist_openings FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE FUNCTION somebody_waits_for(provider uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM waitlist_entries WHERE provider_id = provider AND status = 'waiting')
        OR EXISTS (SELECT FROM waitlist_entries
            WHERE specialization = (SELECT specialization FROM providers WHERE id = provider) AND status = 'waiting')
$$;

-- Visits that are given back are kept for the doctor's figures even when nobody waits.
CREATE FUNCTION note_waitlist_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status NOT IN ('held', 'requested') OR NEW.status = 'cancelled' THEN
        INSERT INTO waitlist_openings (provider_id, cause, starts_at, ends_at)
        VALUES (OLD.provider_id, 'given_back', OLD.starts_at, OLD.ends_at);
    ELSIF somebody_waits_for(OLD.provider_id) THEN
        INSERT INTO waitlist_openings (provider_id, cause, starts_at, ends_at)
        VALUES (OLD.provider_id, 'released', OLD.starts_at, OLD.ends_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER appointments_opening AFTER UPDATE OF status, starts_at, ends_at ON appointments FOR EACH ROW
    WHEN (OLD.status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')
        AND (NEW.status IN ('cancelled', 'expired') OR (OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at)))
    EXECUTE FUNCTION note_waitlist_opening();

CREATE FUNCTION note_changed_provider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF somebody_waits_for(NEW.id) THEN
        INSERT INTO waitlist_openings (provider_id, cause) VALUES (NEW.id, 'changed');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER providers_opening AFTER UPDATE ON providers FOR EACH ROW
    WHEN (OLD.version <> NEW.version AND NEW.is_active) EXECUTE FUNCTION note_changed_provider();
