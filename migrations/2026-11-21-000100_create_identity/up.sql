-- Who the application is: it owns nothing, so that it can neither drop a table nor rewrite the audit.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'medconnect_app') THEN
        CREATE ROLE medconnect_app NOLOGIN;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO medconnect_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO medconnect_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO medconnect_app;

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    password_hash text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    phone_number text,
    date_of_birth date,
    profile_image text,
    emergency_contact_name text,
    emergency_contact_phone text,
    time_zone text NOT NULL DEFAULT 'UTC',
    is_email_verified boolean NOT NULL DEFAULT false,
    is_phone_verified boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_email_unique UNIQUE (email),
    CONSTRAINT users_email_lower_case CHECK (email = lower(email))
);
COMMENT ON COLUMN users.password_hash IS 'Argon2id, PHC string format.';
COMMENT ON COLUMN users.time_zone IS 'IANA name of the zone the person reads times in.';
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE user_profiles (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    gender text CONSTRAINT user_profiles_gender_known CHECK (gender IN ('female', 'male', 'other', 'unknown')),
    height_cm real CONSTRAINT user_profiles_height_possible CHECK (height_cm BETWEEN 20 AND 300),
    weight_kg real CONSTRAINT user_profiles_weight_possible CHECK (weight_kg BETWEEN 0.2 AND 700),
    blood_type text CONSTRAINT user_profiles_blood_type_known CHECK (blood_type IN ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-')),
    medical_conditions text,
    current_medications text,
    allergies text,
    health_goals text,
    activity_level text,
    email_notifications boolean NOT NULL DEFAULT true,
    push_notifications boolean NOT NULL DEFAULT true,
    health_reminders boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER user_profiles_updated_at BEFORE UPDATE ON user_profiles FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE roles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL CONSTRAINT roles_name_unique UNIQUE,
    description text NOT NULL,
    permissions jsonb NOT NULL DEFAULT '[]',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER roles_updated_at BEFORE UPDATE ON roles FOR EACH ROW EXECUTE FUNCTION set_updated_at();
INSERT INTO roles (name, description) VALUES
    ('patient', 'Finds doctors, books visits, keeps a health record.'),
    ('doctor', 'Sets hours, runs visits.'),
    ('admin', 'Runs providers, hospitals and roles.');

CREATE TABLE user_roles (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id uuid NOT NULL REFERENCES roles (id),
    assigned_at timestamptz NOT NULL DEFAULT now(),
    assigned_by uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_role_id ON user_roles (role_id);
CREATE INDEX user_roles_assigned_by ON user_roles (assigned_by);
CREATE TRIGGER user_roles_updated_at BEFORE UPDATE ON user_roles FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE sessions (
    id_hash bytea PRIMARY KEY,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    data jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN sessions.id_hash IS 'SHA-256 of the id in the cookie: who reads this table cannot sign in with it.';
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
