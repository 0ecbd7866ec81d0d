DROP FUNCTION declines_reminders(uuid);
DROP TABLE reading_reminders;
