GRANT UPDATE (due_at) ON unseen_alerts TO medconnect_app;
