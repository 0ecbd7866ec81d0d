-- A mail about several visits brings a file for each of them.
ALTER TABLE demo_mails DROP CONSTRAINT demo_mails_calendar_is_whole;
ALTER TABLE demo_mails ALTER COLUMN calendar TYPE text[] USING array_remove(ARRAY[calendar], NULL);
ALTER TABLE demo_mails ALTER COLUMN calendar SET NOT NULL;
ALTER TABLE demo_mails RENAME COLUMN calendar TO calendars;
ALTER TABLE demo_mails ADD CONSTRAINT demo_mails_calendars_are_whole
    CHECK ((calendars = '{}') = (calendar_method IS NULL) AND array_position(calendars, NULL) IS NULL);
