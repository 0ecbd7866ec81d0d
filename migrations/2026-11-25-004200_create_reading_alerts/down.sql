DROP FUNCTION watches_read_as(uuid);
DROP TABLE unseen_alerts;
DROP TABLE reading_alerts;
DROP TABLE reading_watches;
