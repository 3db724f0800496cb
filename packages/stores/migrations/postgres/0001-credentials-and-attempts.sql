CREATE TABLE "device_auth_migrations" (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- One row from the request for codes to the end of the last token. Half of each page is left free, and no index has a
-- column that a poll writes, so that the new row version of a poll stays on its page (HOT) and changes no index. Columns
-- that are searched are compared byte by byte: that is faster, and an upgrade of the system's locales cannot break it.
CREATE TABLE "device_auth_credentials" (
  id text COLLATE "C" PRIMARY KEY,
  client_id text COLLATE "C" NOT NULL,
  scope text NOT NULL,
  user_code_hash text NOT NULL,
  live_user_code text COLLATE "C" UNIQUE,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  forget_at bigint NOT NULL,
  poll_interval bigint NOT NULL,
  last_polled_at bigint,
  last_slowed_at bigint,
  requester text,
  address_key text COLLATE "C",
  binding_message text,
  bound_subject text,
  claimed_by text COLLATE "C",
  claimed_in text,
  subject text COLLATE "C",
  approved smallint,
  granted_scope text,
  username text,
  lease_owner text,
  lease_until bigint,
  ended smallint NOT NULL DEFAULT 0,
  redeemed_at bigint,
  sealed_response text NOT NULL DEFAULT '',
  access_tokens text NOT NULL DEFAULT '[]',
  refresh_hash text,
  refresh_issued_at bigint,
  refresh_expires_at bigint,
  rotated_hash text,
  rotated_at bigint,
  rotated_response text,
  last_used_at bigint,
  device_name text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- for sweeps
CREATE INDEX "device_auth_forget_at" ON "device_auth_credentials" (forget_at);
-- for the devices of a user, and the requests that the user claimed or approved
CREATE INDEX "device_auth_subject" ON "device_auth_credentials" ((coalesce(subject, claimed_by))) WHERE coalesce(subject, claimed_by) IS NOT NULL;
-- for incidents: everything of a client, or of a network
CREATE INDEX "device_auth_client" ON "device_auth_credentials" (client_id);
CREATE INDEX "device_auth_address" ON "device_auth_credentials" (address_key) WHERE address_key IS NOT NULL;

CREATE TABLE "device_auth_attempts" (
  attempt_key text COLLATE "C" PRIMARY KEY,
  attempts bigint NOT NULL,
  reset_at bigint NOT NULL
) WITH (fillfactor = 50);

-- for sweeps
CREATE INDEX "device_auth_reset_at" ON "device_auth_attempts" (reset_at);
INSERT INTO "device_auth_migrations" (version, name) VALUES (1, 'credentials-and-attempts');
