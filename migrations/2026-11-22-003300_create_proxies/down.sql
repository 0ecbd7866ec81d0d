DROP FUNCTION acts_for(uuid, text);
DROP TABLE proxy_grants;
DROP FUNCTION check_proxy_grants();
DROP FUNCTION keep_proxy_grant();
