DROP TABLE demo_mails;
