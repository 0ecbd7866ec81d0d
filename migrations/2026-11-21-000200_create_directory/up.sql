CREATE TABLE hospitals (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT hospitals_name_unique UNIQUE,
    hospital_type text NOT NULL DEFAULT 'general',
    address text NOT NULL,
    city text NOT NULL,
    region text,
    country text NOT NULL,
    time_zone text NOT NULL,
    phone_number text,
    email text,
    website text,
    description text,
    specialties text[] NOT NULL DEFAULT '{}',
    facilities text[] NOT NULL DEFAULT '{}',
    established_year smallint,
    bed_capacity integer CONSTRAINT hospitals_bed_capacity_not_negative CHECK (bed_capacity >= 0),
    emergency_services boolean NOT NULL DEFAULT false,
    appointment_booking_available boolean NOT NULL DEFAULT true,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX hospitals_city ON hospitals (city);
CREATE TRIGGER hospitals_updated_at BEFORE UPDATE ON hospitals FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- `unaccent` may be redefined and so is not immutable; with its dictionary named it is, and an index may use it.
CREATE FUNCTION plain_text(raw text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN public.unaccent('public.unaccent'::regdictionary, lower(raw));

CREATE TABLE providers (
    id uuid PRIMARY KEY,
    user_id uuid CONSTRAINT providers_user_unique UNIQUE REFERENCES users (id) ON DELETE SET NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL CONSTRAINT providers_email_unique UNIQUE,
    phone_number text,
    specialization text NOT NULL CONSTRAINT providers_specialization_known CHECK (specialization IN (
        'cardiology', 'dermatology', 'endocrinology', 'gastroenterology', 'general_practice', 'geriatrics',
        'gynaecology', 'haematology', 'nephrology', 'neurology', 'oncology', 'ophthalmology', 'orthopaedics',
        'otolaryngology', 'paediatrics', 'physiotherapy', 'psychiatry', 'pulmonology', 'rheumatology', 'urology')),
    license_number text NOT NULL CONSTRAINT providers_license_number_unique UNIQUE,
    gender text NOT NULL CONSTRAINT providers_gender_known CHECK (gender IN ('female', 'male', 'other', 'unknown')),
    hospital_clinic text,
    address text,
    bio text NOT NULL DEFAULT '',
    years_of_experience smallint NOT NULL DEFAULT 0 CONSTRAINT providers_experience_possible CHECK (years_of_experience BETWEEN 0 AND 80),
    consultation_fee_minor bigint NOT NULL CONSTRAINT providers_fee_not_negative CHECK (consultation_fee_minor >= 0),
    currency text NOT NULL CONSTRAINT providers_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
    languages text[] NOT NULL,
    visit_kinds text[] NOT NULL CONSTRAINT providers_visit_kinds_known CHECK (visit_kinds <@ ARRAY['video', 'phone', 'in_person']),
    time_zone text NOT NULL,
    lead_minutes integer NOT NULL DEFAULT 60 CONSTRAINT providers_lead_possible CHECK (lead_minutes BETWEEN 0 AND 43200),
    horizon_days integer NOT NULL DEFAULT 60 CONSTRAINT providers_horizon_possible CHECK (horizon_days BETWEEN 1 AND 365),
    free_until_minutes integer NOT NULL DEFAULT 1440 CONSTRAINT providers_free_until_possible CHECK (free_until_minutes BETWEEN 0 AND 43200),
    late_percent smallint NOT NULL DEFAULT 50 CONSTRAINT providers_late_percent_possible CHECK (late_percent BETWEEN 0 AND 100),
    accepting_new_patients boolean NOT NULL DEFAULT true,
    is_active boolean NOT NULL DEFAULT true,
    schedule_version integer NOT NULL DEFAULT 0,
    next_free_at timestamptz,
    search_text text NOT NULL GENERATED ALWAYS AS (
        plain_text(first_name || ' ' || last_name || ' ' || replace(specialization, '_', ' '))) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN providers.lead_minutes IS 'How long before its start a visit can still be booked.';
COMMENT ON COLUMN providers.horizon_days IS 'How many days ahead times are offered.';
COMMENT ON COLUMN providers.free_until_minutes IS 'How long before its start a visit can be cancelled at no cost.';
COMMENT ON COLUMN providers.late_percent IS 'What a later cancellation costs, in hundredths of the fee.';
COMMENT ON COLUMN providers.schedule_version IS 'Grows with each change of hours: a booking made with older hours is not written.';
COMMENT ON COLUMN providers.next_free_at IS 'What the slot function last found; orders the search, never decides a booking.';
CREATE INDEX providers_search_text ON providers USING gin (search_text gin_trgm_ops);
CREATE INDEX providers_next_free ON providers (next_free_at, id) WHERE is_active;
CREATE INDEX providers_specialization ON providers (specialization, next_free_at, id) WHERE is_active;
CREATE INDEX providers_languages ON providers USING gin (languages);
CREATE TRIGGER providers_updated_at BEFORE UPDATE ON providers FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE provider_hospitals (
    provider_id uuid NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    hospital_id uuid NOT NULL REFERENCES hospitals (id) ON DELETE CASCADE,
    is_primary boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider_id, hospital_id)
);
CREATE INDEX provider_hospitals_hospital_id ON provider_hospitals (hospital_id);
CREATE UNIQUE INDEX provider_hospitals_one_primary ON provider_hospitals (provider_id) WHERE is_primary;
CREATE TRIGGER provider_hospitals_updated_at BEFORE UPDATE ON provider_hospitals FOR EACH ROW EXECUTE FUNCTION set_updated_at();
