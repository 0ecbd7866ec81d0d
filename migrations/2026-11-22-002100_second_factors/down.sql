DELETE FROM throttles WHERE lane = 'proof';
ALTER TABLE throttles DROP CONSTRAINT throttles_lane_known,
    ADD CONSTRAINT throttles_lane_known CHECK (lane IN ('account', 'browser', 'network', 'requests'));
DROP TABLE recovery_codes;
DROP TABLE second_factors;
