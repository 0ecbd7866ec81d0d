DROP FUNCTION distance_km(double precision, double precision, double precision, double precision);
DROP INDEX provider_hospitals_hospital_id;
CREATE INDEX provider_hospitals_hospital_id ON provider_hospitals (hospital_id);
DROP INDEX hospitals_latitude;
ALTER TABLE hospitals DROP COLUMN longitude, DROP COLUMN latitude;
