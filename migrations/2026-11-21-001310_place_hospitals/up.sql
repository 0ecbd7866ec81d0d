-- Where a hospital is (WGS 84), for distances. Without it there is none to show.
ALTER TABLE hospitals
    ADD COLUMN latitude double precision CONSTRAINT hospitals_latitude_possible CHECK (latitude BETWEEN -90 AND 90),
    ADD COLUMN longitude double precision CONSTRAINT hospitals_longitude_possible CHECK (longitude BETWEEN -180 AND 180),
    ADD CONSTRAINT hospitals_whole_position CHECK ((latitude IS NULL) = (longitude IS NULL));
CREATE INDEX hospitals_latitude ON hospitals (latitude) WHERE is_active;
-- From places to doctors without a look at the rows.
DROP INDEX provider_hospitals_hospital_id;
CREATE INDEX provider_hospitals_hospital_id ON provider_hospitals (hospital_id, provider_id);

-- Kilometres over a sphere of the mean radius (haversine): wrong by half a percent at most.
CREATE FUNCTION distance_km(latitude double precision, longitude double precision, other_latitude double precision, other_longitude double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN 12742.0176 * asin(sqrt(least(1.0,
    power(sin(radians(other_latitude - latitude) / 2), 2)
    + cos(radians(latitude)) * cos(radians(other_latitude)) * power(sin(radians(other_longitude - longitude) / 2), 2))));
