CREATE TABLE "device_auth_migrations" (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- One row from the request for codes to the end of the last token. Half of each page is left free, and no index has a
-- column that a poll writes, so that a poll's new row version stays on its page (HOT) and costs no index anything. What
-- is looked for is compared byte by byte, which is faster, and which no upgrade of the system's locales can break.
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

-- for the sweeper
CREATE INDEX "device_auth_forget_at" ON "device_auth_credentials" (forget_at);
-- a user's devices, and what he claimed or approved
CREATE INDEX "device_auth_subject" ON "device_auth_credentials" ((coalesce(subject, claimed_by))) WHERE coalesce(subject, claimed_by) IS NOT NULL;
-- incidents: everything of a client, and of a network
CREATE INDEX "device_auth_client" ON "device_auth_credentials" (client_id);
CREATE INDEX "device_auth_address" ON "device_auth_credentials" (address_key) WHERE address_key IS NOT NULL;

CREATE TABLE "device_auth_attempts" (
  attempt_key text COLLATE "C" PRIMARY KEY,
  attempts bigint NOT NULL,
  reset_at bigint NOT NULL
) WITH (fillfactor = 50);

-- for the sweeper
CREATE INDEX "device_auth_reset_at" ON "device_auth_attempts" (reset_at);

-- all polls that arrive together, as one statement
CREATE FUNCTION "device_auth_poll"(polls text) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $poll$
DECLARE answer text;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  WITH asked AS (
    SELECT id, client_id, asked_at FROM json_to_recordset(CAST(polls AS json))
      AS given(id text, client_id text, asked_at bigint)
  ), held AS (
    SELECT kept.id, kept.client_id, kept.scope, kept.user_code_hash, kept.created_at, kept.expires_at, kept.poll_interval, kept.last_polled_at, kept.requester, kept.binding_message, kept.bound_subject, kept.claimed_by, kept.claimed_in, kept.subject, kept.approved, kept.granted_scope, kept.username, kept.last_slowed_at, kept.lease_owner, kept.lease_until, kept.ended, kept.redeemed_at, kept.sealed_response, kept.access_tokens, kept.refresh_hash, kept.refresh_issued_at, kept.refresh_expires_at, kept.rotated_hash, kept.rotated_at, kept.rotated_response, kept.last_used_at, kept.device_name, asked.asked_at
    FROM "device_auth_credentials" AS kept JOIN asked ON kept.id = asked.id AND kept.client_id = asked.client_id
    ORDER BY kept.id FOR NO KEY UPDATE OF kept
  ), judged AS (
    SELECT id, asked_at, (last_polled_at IS NULL OR asked_at < last_polled_at
      OR asked_at >= last_polled_at + poll_interval * 1000 - 1000) AS accepted FROM held WHERE approved IS NULL AND ended = 0 AND expires_at > asked_at AND ((last_polled_at IS NULL OR asked_at < last_polled_at
      OR asked_at >= last_polled_at + poll_interval * 1000 - 1000) OR (last_slowed_at IS NULL OR asked_at - last_slowed_at >= 1000))
  ), paced AS (
    UPDATE "device_auth_credentials" AS kept SET
      last_polled_at = CASE WHEN accepted THEN asked_at ELSE kept.last_polled_at END,
      last_slowed_at = CASE WHEN accepted THEN kept.last_slowed_at ELSE asked_at END,
      poll_interval = CASE WHEN accepted THEN kept.poll_interval
        ELSE greatest(kept.poll_interval, least(kept.poll_interval + 5, 60)) END
    FROM judged WHERE kept.id = judged.id
  )
  SELECT json_agg(CASE WHEN approved IS NULL AND ended = 0 AND expires_at > asked_at THEN json_build_array(id, client_id, scope, user_code_hash, created_at, expires_at, poll_interval, last_polled_at, last_slowed_at, requester, binding_message, bound_subject, claimed_by, claimed_in)
    ELSE row_to_json(held) END) INTO answer FROM held;
  RETURN answer;
END $poll$;

-- all counters of an attempt
CREATE FUNCTION "device_auth_take_attempts"(budgets text, asked_at bigint) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $take$
DECLARE spent text;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO "device_auth_attempts" AS kept (attempt_key, attempts, reset_at)
    SELECT key, 0, "resetAt" FROM json_to_recordset(CAST(budgets AS json)) AS asked(key text, "limit" bigint, "resetAt" bigint, index bigint) ORDER BY key
    ON CONFLICT (attempt_key) DO UPDATE SET attempts = 0, reset_at = excluded.reset_at WHERE kept.reset_at <= asked_at;
  SELECT json_build_object('index', index, 'resetAt', reset_at) INTO spent
    FROM json_to_recordset(CAST(budgets AS json)) AS asked(key text, "limit" bigint, "resetAt" bigint, index bigint) JOIN "device_auth_attempts" AS kept ON attempt_key = key WHERE attempts >= "limit" ORDER BY index LIMIT 1;
  IF spent IS NULL THEN
    UPDATE "device_auth_attempts" AS kept SET attempts = attempts + 1 FROM json_to_recordset(CAST(budgets AS json)) AS asked(key text, "limit" bigint, "resetAt" bigint, index bigint) WHERE attempt_key = key;
  END IF;
  RETURN spent;
END $take$;

INSERT INTO "device_auth_migrations" (version, name) VALUES (1, 'credentials-and-attempts');
