-- The second wall around what people say of their health: whatever a query forgets to ask, the application gets the
-- rows of who reads, and those of who comes to them. Who it is, it says in each transaction: this stops a forgotten
-- question, not whoever runs statements of their own. Visits and addresses are not behind it.
CREATE FUNCTION record_reader() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('medconnect.reader', true), '')::uuid
$$;
CREATE FUNCTION may_read_record(patient uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT patient = record_reader()
        OR EXISTS (
            SELECT FROM appointments JOIN providers ON providers.id = provider_id
            WHERE patient_id = patient AND providers.user_id = record_reader()
                AND appointments.status NOT IN ('held', 'cancelled', 'expired', 'no_show'))
        OR EXISTS (
            SELECT FROM emergency_accesses
            WHERE user_id = record_reader() AND patient_id = patient AND ends_at > clock_timestamp())
$$;
ALTER TABLE user_profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_profiles_read ON user_profiles FOR SELECT TO medconnect_app USING (may_read_record(user_id));
-- An account begins with an empty one.
CREATE POLICY user_profiles_begin ON user_profiles FOR INSERT TO medconnect_app WITH CHECK (true);
CREATE POLICY user_profiles_change ON user_profiles FOR UPDATE TO medconnect_app USING (user_id = record_reader());
CREATE POLICY user_profiles_forget ON user_profiles FOR DELETE TO medconnect_app USING (user_id = record_reader());

-- Whether somebody wants no mail that need not be is all that whoever sends it has to know.
CREATE FUNCTION declines_mail(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM user_profiles WHERE user_id = person AND NOT email_notifications)
$$;
REVOKE EXECUTE ON FUNCTION declines_mail(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION declines_mail(uuid) TO medconnect_app;
