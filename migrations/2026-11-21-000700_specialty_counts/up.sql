-- How many doctors there are, kept exactly by the transactions that change it: the searches that most people start
-- with need the figure each time, and counting the rows again was most of what they cost.
CREATE TABLE specialty_counts (
    specialization text PRIMARY KEY,
    active_providers integer NOT NULL CONSTRAINT specialty_counts_not_negative CHECK (active_providers >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER specialty_counts_updated_at BEFORE UPDATE ON specialty_counts FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE FUNCTION count_providers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.is_active THEN
        UPDATE specialty_counts SET active_providers = active_providers - 1 WHERE specialization = OLD.specialization;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.is_active THEN
        INSERT INTO specialty_counts AS counted (specialization, active_providers) VALUES (NEW.specialization, 1)
        ON CONFLICT (specialization) DO UPDATE SET active_providers = counted.active_providers + 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER providers_count AFTER INSERT OR DELETE OR UPDATE OF specialization, is_active ON providers
    FOR EACH ROW EXECUTE FUNCTION count_providers();

-- After the trigger, whose lock keeps others from adding a doctor who is counted neither here nor there.
INSERT INTO specialty_counts (specialization, active_providers)
SELECT specialization, count(*) FROM providers WHERE is_active GROUP BY specialization;
