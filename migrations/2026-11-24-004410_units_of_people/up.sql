-- In which units somebody reads what is measured, where they have chosen one: each is of one kind of reading alone.
ALTER TABLE users ADD COLUMN units text[] NOT NULL DEFAULT '{}'
    CONSTRAINT users_units_known CHECK (units <@ ARRAY['mg/dL', 'mmol/L', 'mm[Hg]', 'kPa', 'Cel', '[degF]', 'kg', '[lb_av]', 'cm', '[in_i]'])
    CONSTRAINT users_units_one_of_each_kind CHECK (NOT (units @> ARRAY['mg/dL', 'mmol/L'] OR units @> ARRAY['mm[Hg]', 'kPa']
        OR units @> ARRAY['Cel', '[degF]'] OR units @> ARRAY['kg', '[lb_av]'] OR units @> ARRAY['cm', '[in_i]']));
COMMENT ON COLUMN users.units IS 'UCUM. Of a kind without one, figures are in the unit its readings come in.';
