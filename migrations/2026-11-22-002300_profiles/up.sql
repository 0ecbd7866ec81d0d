-- What people say of themselves and of their health.
ALTER TABLE users
    ADD COLUMN username text,
    ADD CONSTRAINT users_username_unique UNIQUE (username),
    ADD CONSTRAINT users_username_plain CHECK (username ~ '^[a-z0-9][a-z0-9._-]{2,29}$'),
    ADD CONSTRAINT users_born_in_living_memory CHECK (date_of_birth >= '1880-01-01');
COMMENT ON COLUMN users.username IS 'A name of their own choice, lower case. Nobody signs in with it.';

ALTER TABLE user_profiles
    ADD CONSTRAINT user_profiles_activity_level_known CHECK (activity_level IN ('sedentary', 'light', 'moderate', 'active', 'very_active')),
    ADD CONSTRAINT user_profiles_texts_short CHECK (
        coalesce(char_length(medical_conditions), 0) <= 2000
        AND coalesce(char_length(current_medications), 0) <= 2000
        AND coalesce(char_length(allergies), 0) <= 2000
        AND coalesce(char_length(health_goals), 0) <= 2000);
