DROP TABLE demo_checkouts;
DROP FUNCTION end_payment (uuid, bigint);
DROP TABLE payment_attempts;
ALTER TABLE payments DROP COLUMN refunded_minor;
