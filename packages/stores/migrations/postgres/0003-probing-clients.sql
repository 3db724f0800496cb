-- in which authentication styles the last accepted poll came; NULL is the form
ALTER TABLE "device_auth_credentials" ADD COLUMN last_polled_in text;
INSERT INTO "device_auth_migrations" (version, name) VALUES (3, 'probing-clients');
