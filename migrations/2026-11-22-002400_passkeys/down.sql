DELETE FROM throttles WHERE lane = 'passkeys';
ALTER TABLE throttles DROP CONSTRAINT throttles_lane_known,
    ADD CONSTRAINT throttles_lane_known CHECK (lane IN ('account', 'browser', 'network', 'requests', 'proof'));
DROP TRIGGER second_factors_forget_recovery_codes ON second_factors;
DROP TABLE passkey_ceremonies;
DROP TABLE passkeys;
DROP FUNCTION forget_recovery_codes();
DELETE FROM recovery_codes WHERE user_id NOT IN (SELECT user_id FROM second_factors);
ALTER TABLE recovery_codes DROP CONSTRAINT recovery_codes_user_id_fkey,
    ADD CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES second_factors (user_id) ON DELETE CASCADE;
