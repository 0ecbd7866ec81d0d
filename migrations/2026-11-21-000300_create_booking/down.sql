DROP TABLE payments, appointments, availability_exceptions, availability_rules;
