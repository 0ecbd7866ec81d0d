ALTER TABLE users DROP COLUMN access_version;
DROP TABLE password_resets;
