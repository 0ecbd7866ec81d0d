DROP TABLE sessions, user_roles, roles, user_profiles, users;
DROP FUNCTION set_updated_at;
DROP EXTENSION unaccent;
DROP EXTENSION pg_trgm;
DROP EXTENSION btree_gist;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM medconnect_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM medconnect_app;
REVOKE USAGE ON SCHEMA public FROM medconnect_app;
-- The role itself belongs to the server, where other databases may use it: it stays.
