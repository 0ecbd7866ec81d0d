DROP FUNCTION distance_km(double precision, double precision, double precision, double precision);
DROP INDEX hospitals_latitude;
ALTER TABLE hospitals DROP COLUMN longitude, DROP COLUMN latitude;
