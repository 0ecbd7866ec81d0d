DROP TABLE reading_corrections;
