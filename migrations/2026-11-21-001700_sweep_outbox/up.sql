-- What was told long ago is forgotten, the oldest first.
CREATE INDEX outbox_created_at ON outbox (created_at);
