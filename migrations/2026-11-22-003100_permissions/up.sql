UPDATE roles SET permissions = '["visits.book"]' WHERE name = 'patient';
UPDATE roles SET permissions = '["visits.run"]' WHERE name = 'doctor';
UPDATE roles SET permissions = '["audit.read", "directory.manage", "roles.manage"]' WHERE name = 'admin';

ALTER TABLE roles
    ADD COLUMN is_built_in boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT roles_permissions_array CHECK (jsonb_typeof(permissions) = 'array');
UPDATE roles SET is_built_in = true WHERE name IN ('patient', 'doctor', 'admin');
ALTER TABLE roles ADD CONSTRAINT roles_built_in_active CHECK (is_active OR NOT is_built_in);
COMMENT ON COLUMN roles.is_built_in IS 'Part of how the clinic works: its name is known to the code.';

CREATE FUNCTION keep_built_in_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.name <> OLD.name OR NOT NEW.is_built_in THEN
        RAISE EXCEPTION 'the role % is built in', OLD.name USING ERRCODE = 'check_violation', CONSTRAINT = 'roles_built_in_active';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER roles_keep_built_in BEFORE UPDATE OR DELETE ON roles
    FOR EACH ROW WHEN (OLD.is_built_in) EXECUTE FUNCTION keep_built_in_role();

-- Whoever may say who may do what is never the last one to leave.
CREATE FUNCTION keep_role_manager() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'user_roles' THEN
        IF NOT EXISTS (SELECT FROM roles WHERE id = OLD.role_id AND permissions ? 'roles.manage') THEN
            RETURN NULL;
        END IF;
    ELSIF TG_TABLE_NAME = 'users' THEN
        IF NOT EXISTS (
            SELECT FROM user_roles JOIN roles ON roles.id = role_id
            WHERE user_id = OLD.id AND permissions ? 'roles.manage'
        ) THEN
            RETURN NULL;
        END IF;
    END IF;
    -- One at a time, or two managers could each see the other one stay.
    PERFORM pg_advisory_xact_lock(7234017283807667300);
    IF NOT EXISTS (
        SELECT FROM roles
        JOIN user_roles ON user_roles.role_id = roles.id
        JOIN users ON users.id = user_roles.user_id
        WHERE roles.is_active AND users.is_active AND roles.permissions ? 'roles.manage'
    ) THEN
        RAISE EXCEPTION 'nobody would be left who manages roles' USING ERRCODE = 'check_violation', CONSTRAINT = 'roles_one_manager';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER user_roles_keep_manager AFTER DELETE OR UPDATE ON user_roles
    FOR EACH ROW EXECUTE FUNCTION keep_role_manager();
CREATE TRIGGER roles_keep_manager AFTER DELETE OR UPDATE ON roles
    FOR EACH ROW WHEN (OLD.is_active AND OLD.permissions ? 'roles.manage') EXECUTE FUNCTION keep_role_manager();
CREATE TRIGGER users_keep_manager AFTER UPDATE OF is_active ON users
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION keep_role_manager();

-- Admins look people up by a part of their name or address.
CREATE INDEX users_search ON users USING gin ((lower(first_name || ' ' || last_name || ' ' || email)) gin_trgm_ops);
CREATE INDEX audit_events_action ON audit_events (action, occurred_at, id);
