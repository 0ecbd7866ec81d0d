ALTER TABLE user_profiles
    DROP CONSTRAINT user_profiles_activity_level_known,
    DROP CONSTRAINT user_profiles_texts_short;
ALTER TABLE users
    DROP CONSTRAINT users_born_in_living_memory,
    DROP COLUMN username;
