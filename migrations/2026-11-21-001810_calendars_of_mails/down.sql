ALTER TABLE demo_mails DROP CONSTRAINT demo_mails_calendars_are_whole;
ALTER TABLE demo_mails RENAME COLUMN calendars TO calendar;
ALTER TABLE demo_mails ALTER COLUMN calendar DROP NOT NULL;
ALTER TABLE demo_mails ALTER COLUMN calendar TYPE text USING calendar[1];
ALTER TABLE demo_mails ADD CONSTRAINT demo_mails_calendar_is_whole CHECK ((calendar IS NULL) = (calendar_method IS NULL));
