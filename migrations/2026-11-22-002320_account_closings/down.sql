DROP TRIGGER waitlist_entries_of_open_accounts ON waitlist_entries;
DROP TRIGGER appointments_of_open_accounts ON appointments;
DROP FUNCTION refuse_closed_accounts();
DROP TABLE account_closings;
