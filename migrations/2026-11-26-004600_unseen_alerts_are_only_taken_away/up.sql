-- Whoever takes an unseen alert holds the alert itself first: the row here is only written and taken away.
REVOKE UPDATE (due_at) ON unseen_alerts FROM medconnect_app;
