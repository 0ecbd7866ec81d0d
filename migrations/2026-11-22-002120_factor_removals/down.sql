DROP TABLE factor_removals;
