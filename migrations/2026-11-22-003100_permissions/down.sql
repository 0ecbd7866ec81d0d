DROP INDEX audit_events_action;
DROP INDEX users_search;
DROP TRIGGER users_keep_manager ON users;
DROP TRIGGER roles_keep_manager ON roles;
DROP TRIGGER user_roles_keep_manager ON user_roles;
DROP FUNCTION keep_role_manager();
DROP TRIGGER roles_keep_built_in ON roles;
DROP FUNCTION keep_built_in_role();
ALTER TABLE roles
    DROP CONSTRAINT roles_built_in_active,
    DROP CONSTRAINT roles_permissions_array,
    DROP COLUMN is_built_in;
UPDATE roles SET permissions = '[]';
