REVOKE UPDATE (near_duplicate_of) ON readings FROM medconnect_app;
ALTER TABLE reading_alerts DROP COLUMN reading_severity;
ALTER TABLE reading_watches DROP COLUMN alert_side;
