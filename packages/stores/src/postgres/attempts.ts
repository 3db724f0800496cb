import type { CountedBudget, SpentBudget, SqlAttempts } from '../sql/attempts.ts'
import type { RunStatement } from '../sql/client.ts'
import type { PostgresNames } from './tables.ts'

type Names = Pick<PostgresNames, 'attempts' | 'takeAttempts'>

const asked = `json_to_recordset(CAST(budgets AS json)) AS asked(key text, "limit" bigint, "resetAt" bigint, index bigint)`

/**
 * Locks all counters of an attempt in the order of their keys, so that attempts of two nodes cannot wait for each other,
 * and counts in all of them, or answers with the first that is spent. What it counts is not waited for until it is on
 * the disk: a crash may lose it.
 */
export function createTakeFunction({ attempts, takeAttempts }: Names): string {
  return `CREATE FUNCTION ${takeAttempts}(budgets text, asked_at bigint) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $take$
DECLARE spent text;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO ${attempts} AS kept (attempt_key, attempts, reset_at)
    SELECT key, 0, "resetAt" FROM ${asked} ORDER BY key
    ON CONFLICT (attempt_key) DO UPDATE SET attempts = 0, reset_at = excluded.reset_at WHERE kept.reset_at <= asked_at;
  SELECT json_build_object('index', index, 'resetAt', reset_at) INTO spent
    FROM ${asked} JOIN ${attempts} AS kept ON attempt_key = key WHERE attempts >= "limit" ORDER BY index LIMIT 1;
  IF spent IS NULL THEN
    UPDATE ${attempts} AS kept SET attempts = attempts + 1 FROM ${asked} WHERE attempt_key = key;
  END IF;
  RETURN spent;
END $take$;
`
}

export function giveBackStatement({ attempts }: Pick<Names, 'attempts'>): string {
  return `WITH held AS (
    SELECT attempt_key FROM ${attempts}
    WHERE attempt_key = ANY (ARRAY(SELECT json_array_elements_text(CAST(CAST($1 AS text) AS json)))) AND reset_at > $2 AND attempts > 0
    ORDER BY attempt_key FOR NO KEY UPDATE
  )
  UPDATE ${attempts} AS kept SET attempts = attempts - 1 FROM held WHERE kept.attempt_key = held.attempt_key`
}

/** The counters: one statement for all that an attempt is counted in. */
export class PostgresAttempts implements SqlAttempts {
  readonly #run: RunStatement
  readonly #take: string
  readonly #giveBack: string

  constructor(run: RunStatement, names: Names) {
    this.#run = run
    this.#take = `SELECT ${names.takeAttempts}($1, $2) AS spent`
    this.#giveBack = giveBackStatement(names)
  }

  async take(budgets: readonly CountedBudget[], now: number): Promise<SpentBudget | undefined> {
    const asked = budgets.map((budget, index) => ({ ...budget, index }))
    const [row] = await this.#run(this.#take, [JSON.stringify(asked), now])
    return row?.spent == null ? undefined : (JSON.parse(String(row.spent)) as SpentBudget)
  }

  async giveBack(keys: readonly string[], now: number): Promise<void> {
    await this.#run(this.#giveBack, [JSON.stringify(keys), now])
  }
}
