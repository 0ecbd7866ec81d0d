DROP FUNCTION reason_of_visit(uuid, uuid);
-- Those of each column go with it.
REVOKE SELECT ON appointments FROM medconnect_app;
GRANT SELECT ON appointments TO medconnect_app;
