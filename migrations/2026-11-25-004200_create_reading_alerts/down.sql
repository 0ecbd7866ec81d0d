DROP TABLE unseen_alerts;
DROP TABLE reading_alerts;
DROP TABLE reading_watches;
