ALTER TABLE throttles DROP CONSTRAINT throttles_lane_known,
    ADD CONSTRAINT throttles_lane_known CHECK (lane IN ('account', 'browser', 'network', 'requests', 'proof', 'passkeys', 'credential', 'entries'));
