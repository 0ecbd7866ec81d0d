DROP TABLE provider_busy_times;
DROP TABLE provider_calendars;
