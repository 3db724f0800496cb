-- clients that registered themselves
CREATE TABLE "device_auth_registered_clients" (
  client_id text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL,
  record text NOT NULL
);

CREATE TABLE "device_auth_registration_lock" (locked_at timestamptz NOT NULL);
INSERT INTO "device_auth_registration_lock" VALUES (now());

CREATE FUNCTION "device_auth_insert_client"(new_id text, new_revision bigint, new_record text, most bigint)
RETURNS SETOF text LANGUAGE plpgsql SET search_path FROM CURRENT AS $insert$
BEGIN
  UPDATE "device_auth_registration_lock" SET locked_at = now();
  RETURN QUERY INSERT INTO "device_auth_registered_clients" (client_id, revision, record)
    SELECT new_id, new_revision, new_record WHERE (SELECT count(*) FROM "device_auth_registered_clients") < most
    ON CONFLICT (client_id) DO NOTHING RETURNING client_id;
END $insert$;

INSERT INTO "device_auth_migrations" (version, name) VALUES (8, 'registered-clients');
