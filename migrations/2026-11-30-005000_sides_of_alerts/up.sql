-- On which side of the limits an alert is: what is beyond the other side is another one.
ALTER TABLE reading_watches ADD COLUMN alert_side text CONSTRAINT reading_watches_alert_side_known CHECK (alert_side IN ('low', 'high'));
UPDATE reading_watches w SET alert_side = a.side FROM reading_alerts a WHERE a.id = w.alert_id;
GRANT UPDATE (alert_side) ON reading_watches TO medconnect_app;

-- How much the last reading of an alert asks for by itself: one that cannot wait is said to be so before another confirms it.
ALTER TABLE reading_alerts ADD COLUMN reading_severity text NOT NULL DEFAULT 'warning'
    CONSTRAINT reading_alerts_reading_severity_known CHECK (reading_severity IN ('warning', 'critical'));
UPDATE reading_alerts SET reading_severity = 'critical' WHERE severity = 'critical' AND ended_at IS NULL;
GRANT UPDATE (reading_severity) ON reading_alerts TO medconnect_app;

-- Whoever takes a reading away leaves what was marked as the same measurement in its place.
GRANT UPDATE (near_duplicate_of) ON readings TO medconnect_app;
