DROP TABLE provider_hospitals, providers, hospitals;
DROP FUNCTION plain_text;
