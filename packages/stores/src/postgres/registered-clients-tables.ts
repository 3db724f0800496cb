import type { PostgresNames } from './names.ts'

type Names = Pick<PostgresNames, 'registeredClients' | 'registrationLock' | 'insertClientFunction'>

/**
 * The tables of registered clients, and the function that adds one if there is room. The update of the only row of the second table
 * makes all nodes wait for one another, so that the count after it is right: a lock alone would leave a transaction with
 * REPEATABLE READ an older count, but the update makes it fail, and it is run again. Rows that somebody deletes by hand are
 * not counted any more.
 */
export function createRegisteredClients({ registeredClients, registrationLock, insertClientFunction }: Names): string {
  return `CREATE TABLE ${registeredClients} (
  client_id text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL,
  record text NOT NULL
);

CREATE TABLE ${registrationLock} (locked_at timestamptz NOT NULL);
INSERT INTO ${registrationLock} VALUES (now());

CREATE FUNCTION ${insertClientFunction}(new_id text, new_revision bigint, new_record text, most bigint)
RETURNS SETOF text LANGUAGE plpgsql SET search_path FROM CURRENT AS $insert$
BEGIN
  UPDATE ${registrationLock} SET locked_at = now();
  RETURN QUERY INSERT INTO ${registeredClients} (client_id, revision, record)
    SELECT new_id, new_revision, new_record WHERE (SELECT count(*) FROM ${registeredClients}) < most
    ON CONFLICT (client_id) DO NOTHING RETURNING client_id;
END $insert$;
`
}
