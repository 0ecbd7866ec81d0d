ALTER TABLE roles DISABLE TRIGGER roles_keep_manager;
UPDATE roles SET permissions = permissions - 'emergencies.review' WHERE permissions ? 'emergencies.review';
ALTER TABLE roles ENABLE TRIGGER roles_keep_manager;
DROP INDEX users_born;
DROP TABLE emergency_accesses;
DROP FUNCTION keep_emergency_access();
