-- a poll or an attempt that a silent connection or a frozen server has held is judged by when it was sent
CREATE OR REPLACE FUNCTION "device_auth_poll_batch"(batch text, skips_locked boolean DEFAULT false) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET search_path FROM CURRENT AS $poll$
DECLARE
  rows_before text;
  called_at bigint := CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint);
  sent_at bigint := CASE WHEN starts_with(batch, '[{"sent_at":')
    THEN CAST(split_part(substr(batch, 13, 20), ',', 1) AS bigint) END;
  is_late boolean := coalesce(sent_at < called_at - 1000, false);
  is_undated boolean := starts_with(batch, '[{"undated":true');
BEGIN
  IF is_late THEN
    called_at := sent_at;
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  IF skips_locked THEN
  WITH poll AS (
    SELECT id, client_id, coalesce(polled_at, called_at - waited) AS polled_at, polled_in
    FROM json_to_recordset(CAST(batch AS json))
      AS entry(id text, client_id text, polled_at bigint, waited bigint, polled_in text)
  ), locked AS (
    SELECT credential.id, credential.client_id, credential.scope, credential.user_code_hash, credential.created_at, credential.expires_at, credential.poll_interval, credential.last_polled_at, credential.requester, credential.binding_message, credential.bound_subject, credential.claimed_by, credential.claimed_in, credential.subject, credential.approved, credential.granted_scope, credential.username, credential.last_polled_in, credential.last_slowed_at, credential.lease_owner, credential.lease_until, credential.ended, credential.redeemed_at, credential.sealed_response, credential.access_tokens, credential.refresh_hash, credential.refresh_issued_at, credential.refresh_expires_at, credential.rotated_hash, credential.rotated_at, credential.rotated_response, credential.last_used_at, credential.device_name, credential.authentication, credential.nonce, credential.granted, credential.target, poll.polled_at, poll.polled_in
    FROM "device_auth_credentials" AS credential JOIN poll ON credential.id = poll.id AND credential.client_id = poll.client_id
    ORDER BY credential.id FOR NO KEY UPDATE OF credential SKIP LOCKED
  ), judged AS (
    SELECT id, CASE WHEN is_undated THEN created_at ELSE polled_at END AS polled_at, polled_in, (last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(1000, poll_interval * 500)) AS is_on_time, NOT (last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(1000, poll_interval * 500)) AND (polled_at < last_polled_at + 1000 AND coalesce(polled_in, 'form') <> coalesce(last_polled_in, 'form')
      AND coalesce(last_polled_in, 'form') <> 'both') AS is_twin
    FROM locked WHERE approved IS NULL AND ended = 0 AND expires_at > polled_at AND ((last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(1000, poll_interval * 500)) OR (polled_at < last_polled_at + 1000 AND coalesce(polled_in, 'form') <> coalesce(last_polled_in, 'form')
      AND coalesce(last_polled_in, 'form') <> 'both') OR (last_slowed_at IS NULL OR polled_at - last_slowed_at >= 1000)) AND NOT (last_polled_at IS NOT NULL AND (is_undated OR is_late AND polled_at < last_polled_at))
  ), paced AS (
    UPDATE "device_auth_credentials" AS credential SET
      last_polled_at = CASE WHEN is_on_time THEN polled_at ELSE credential.last_polled_at END,
      last_polled_in = CASE WHEN is_on_time THEN polled_in WHEN is_twin THEN 'both' ELSE credential.last_polled_in END,
      last_slowed_at = CASE WHEN is_on_time OR is_twin THEN credential.last_slowed_at ELSE polled_at END,
      poll_interval = CASE WHEN is_on_time OR is_twin THEN credential.poll_interval
        ELSE greatest(credential.poll_interval, least(credential.poll_interval + 5, 60)) END
    FROM judged WHERE credential.id = judged.id
  )
  SELECT json_agg(CASE WHEN approved IS NULL AND ended = 0 AND expires_at > polled_at THEN json_build_array(id, client_id, scope, user_code_hash, created_at, expires_at, poll_interval, CASE WHEN NOT is_undated THEN last_polled_at END, last_slowed_at, requester, binding_message, bound_subject, claimed_by, claimed_in, last_polled_in, polled_at, polled_in, nonce, target)
    ELSE row_to_json(locked) END) INTO rows_before FROM locked;
  ELSE
  PERFORM set_config('lock_timeout', '500', true);
  WITH poll AS (
    SELECT id, client_id, coalesce(polled_at, called_at - waited) AS polled_at, polled_in
    FROM json_to_recordset(CAST(batch AS json))
      AS entry(id text, client_id text, polled_at bigint, waited bigint, polled_in text)
  ), locked AS (
    SELECT credential.id, credential.client_id, credential.scope, credential.user_code_hash, credential.created_at, credential.expires_at, credential.poll_interval, credential.last_polled_at, credential.requester, credential.binding_message, credential.bound_subject, credential.claimed_by, credential.claimed_in, credential.subject, credential.approved, credential.granted_scope, credential.username, credential.last_polled_in, credential.last_slowed_at, credential.lease_owner, credential.lease_until, credential.ended, credential.redeemed_at, credential.sealed_response, credential.access_tokens, credential.refresh_hash, credential.refresh_issued_at, credential.refresh_expires_at, credential.rotated_hash, credential.rotated_at, credential.rotated_response, credential.last_used_at, credential.device_name, credential.authentication, credential.nonce, credential.granted, credential.target, poll.polled_at, poll.polled_in
    FROM "device_auth_credentials" AS credential JOIN poll ON credential.id = poll.id AND credential.client_id = poll.client_id
    ORDER BY credential.id FOR NO KEY UPDATE OF credential 
  ), judged AS (
    SELECT id, CASE WHEN is_undated THEN created_at ELSE polled_at END AS polled_at, polled_in, (last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(1000, poll_interval * 500)) AS is_on_time, NOT (last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(1000, poll_interval * 500)) AND (polled_at < last_polled_at + 1000 AND coalesce(polled_in, 'form') <> coalesce(last_polled_in, 'form')
      AND coalesce(last_polled_in, 'form') <> 'both') AS is_twin
    FROM locked WHERE approved IS NULL AND ended = 0 AND expires_at > polled_at AND ((last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(1000, poll_interval * 500)) OR (polled_at < last_polled_at + 1000 AND coalesce(polled_in, 'form') <> coalesce(last_polled_in, 'form')
      AND coalesce(last_polled_in, 'form') <> 'both') OR (last_slowed_at IS NULL OR polled_at - last_slowed_at >= 1000)) AND NOT (last_polled_at IS NOT NULL AND (is_undated OR is_late AND polled_at < last_polled_at))
  ), paced AS (
    UPDATE "device_auth_credentials" AS credential SET
      last_polled_at = CASE WHEN is_on_time THEN polled_at ELSE credential.last_polled_at END,
      last_polled_in = CASE WHEN is_on_time THEN polled_in WHEN is_twin THEN 'both' ELSE credential.last_polled_in END,
      last_slowed_at = CASE WHEN is_on_time OR is_twin THEN credential.last_slowed_at ELSE polled_at END,
      poll_interval = CASE WHEN is_on_time OR is_twin THEN credential.poll_interval
        ELSE greatest(credential.poll_interval, least(credential.poll_interval + 5, 60)) END
    FROM judged WHERE credential.id = judged.id
  )
  SELECT json_agg(CASE WHEN approved IS NULL AND ended = 0 AND expires_at > polled_at THEN json_build_array(id, client_id, scope, user_code_hash, created_at, expires_at, poll_interval, CASE WHEN NOT is_undated THEN last_polled_at END, last_slowed_at, requester, binding_message, bound_subject, claimed_by, claimed_in, last_polled_in, polled_at, polled_in, nonce, target)
    ELSE row_to_json(locked) END) INTO rows_before FROM locked;
  END IF;
  RETURN rows_before;
END $poll$;

CREATE OR REPLACE FUNCTION "device_auth_count_attempts"(budgets text, given_at bigint) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET search_path FROM CURRENT AS $take$
DECLARE
  spent text;
  taken_at bigint := coalesce(given_at, CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint));
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  -- locks the counters, and begins the windows that have ended
  INSERT INTO "device_auth_attempts" AS counter (attempt_key, attempts, reset_at)
    SELECT key, 0, taken_at + "window" FROM json_to_recordset(CAST(budgets AS json)) AS budget(key text, "limit" bigint, "window" bigint, index bigint) ORDER BY key
    ON CONFLICT (attempt_key) DO UPDATE SET attempts = 0, reset_at = excluded.reset_at WHERE counter.reset_at <= taken_at;
  IF coalesce(given_at, CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)) > (SELECT min("until") FROM json_to_recordset(CAST(budgets AS json)) AS budget(key text, "limit" bigint, "window" bigint, index bigint, "until" bigint)) THEN
    RETURN 'late';
  END IF;
  -- the first budget that has nothing left
  SELECT json_build_object('index', index, 'left', reset_at - taken_at) INTO spent
    FROM json_to_recordset(CAST(budgets AS json)) AS budget(key text, "limit" bigint, "window" bigint, index bigint) JOIN "device_auth_attempts" AS counter ON attempt_key = key WHERE attempts >= "limit" ORDER BY index LIMIT 1;
  IF spent IS NULL THEN
    UPDATE "device_auth_attempts" AS counter SET attempts = attempts + 1 FROM json_to_recordset(CAST(budgets AS json)) AS budget(key text, "limit" bigint, "window" bigint, index bigint) WHERE attempt_key = key;
  END IF;
  RETURN spent;
END $take$;

INSERT INTO "device_auth_migrations" (version, name) VALUES (7, 'late-steps');
