-- how many times the answer to the last rotation may still be given again
ALTER TABLE "device_auth_credentials" ADD COLUMN replays_left smallint NOT NULL DEFAULT 0;
INSERT INTO "device_auth_migrations" (version, name) VALUES (2, 'replays');
