-- One number says whether anything that is known of a doctor has changed: the row, the hours, the places.
-- Servers keep doctors in memory by it, and a booking made with an older one is not written. The triggers
-- see to it whoever writes.
ALTER TABLE providers RENAME COLUMN schedule_version TO version;
COMMENT ON COLUMN providers.version IS 'Grows with each change of the doctor, their hours or their places; not with next_free_at.';

CREATE FUNCTION raise_provider_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER providers_version BEFORE UPDATE ON providers FOR EACH ROW
    WHEN (OLD.next_free_at IS NOT DISTINCT FROM NEW.next_free_at) EXECUTE FUNCTION raise_provider_version();

CREATE FUNCTION raise_version_of_providers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE providers SET version = version + 1 WHERE id IN (SELECT provider_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER availability_rules_version_insert AFTER INSERT ON availability_rules
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER availability_rules_version_update AFTER UPDATE ON availability_rules
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER availability_rules_version_delete AFTER DELETE ON availability_rules
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER availability_exceptions_version_insert AFTER INSERT ON availability_exceptions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER availability_exceptions_version_update AFTER UPDATE ON availability_exceptions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER availability_exceptions_version_delete AFTER DELETE ON availability_exceptions
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER provider_hospitals_version_insert AFTER INSERT ON provider_hospitals
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER provider_hospitals_version_update AFTER UPDATE ON provider_hospitals
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER provider_hospitals_version_delete AFTER DELETE ON provider_hospitals
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();

CREATE FUNCTION raise_version_of_providers_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE providers SET version = version + 1
    WHERE id IN (SELECT provider_id FROM provider_hospitals JOIN changed ON changed.id = hospital_id);
    RETURN NULL;
END $$;
CREATE TRIGGER hospitals_version_update AFTER UPDATE ON hospitals
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers_there();
