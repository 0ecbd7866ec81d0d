DROP TRIGGER providers_count ON providers;
DROP FUNCTION count_providers();
DROP TABLE specialty_counts;
