DROP FUNCTION declines_mail(uuid);
DROP POLICY user_profiles_forget ON user_profiles;
DROP POLICY user_profiles_change ON user_profiles;
DROP POLICY user_profiles_begin ON user_profiles;
DROP POLICY user_profiles_read ON user_profiles;
ALTER TABLE user_profiles DISABLE ROW LEVEL SECURITY;
DROP FUNCTION may_read_record(uuid);
DROP FUNCTION record_reader();
