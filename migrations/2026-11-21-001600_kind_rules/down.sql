DROP TABLE booking_kind_rules;
