DROP TABLE device_clearings;
