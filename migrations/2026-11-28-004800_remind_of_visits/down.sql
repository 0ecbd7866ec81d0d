DROP FUNCTION declines_visit_reminders(uuid);
ALTER TABLE user_profiles DROP COLUMN visit_reminders;
DROP INDEX appointments_agreed;
DROP TABLE appointment_reminders;
