import { lateStep } from '../late-step.ts'
import type { CountedBudget, SpentBudget, SqlAttempts } from '../sql/attempts.ts'
import type { RunStatement } from '../sql/client.ts'
import { clockSql, postgresDialect } from './dialect.ts'
import type { PostgresNames } from './names.ts'

type Names = Pick<PostgresNames, 'attempts' | 'takeAttemptsFunction'>

/** A version of the function that counts attempts. */
type TakeVersion = 1 | 2

/** The argument of the function, a JSON text, as rows. */
function budgetRows(more: string): string {
  return `json_to_recordset(CAST(budgets AS json)) AS budget(key text, "limit" bigint, "window" bigint, index bigint${more})`
}

/** The answer of the function to an attempt that came too late. */
const lateAnswer = 'late'

/**
 * The function that counts an attempt in all of its budgets, or returns the first one that is spent as JSON. It locks the
 * counters in the order of their keys, so that attempts of two nodes cannot wait for each other. Its commit does not wait
 * for the disk: a crash may lose the count.
 *
 * @param version the second does not count attempts whose callers have given up, while the server or the connection stood still or
 *   somebody else had locked a counter
 */
export function createTakeFunction({ attempts, takeAttemptsFunction }: Names, version: TakeVersion): string {
  const rows = budgetRows('')
  const refuseLate = `IF coalesce(given_at, ${clockSql}) > (SELECT min("until") FROM ${budgetRows(', "until" bigint')}) THEN
    RETURN '${lateAnswer}';
  END IF;
  `
  return `CREATE${version === 1 ? '' : ' OR REPLACE'} FUNCTION ${takeAttemptsFunction}(budgets text, given_at bigint) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET search_path FROM CURRENT AS $take$
DECLARE
  spent text;
  taken_at bigint := coalesce(given_at, ${clockSql});
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  -- locks the counters, and begins the windows that have ended
  INSERT INTO ${attempts} AS counter (attempt_key, attempts, reset_at)
    SELECT key, 0, taken_at + "window" FROM ${rows} ORDER BY key
    ON CONFLICT (attempt_key) DO UPDATE SET attempts = 0, reset_at = excluded.reset_at WHERE counter.reset_at <= taken_at;
  ${version === 1 ? '' : refuseLate}-- the first budget that has nothing left
  SELECT json_build_object('index', index, 'left', reset_at - taken_at) INTO spent
    FROM ${rows} JOIN ${attempts} AS counter ON attempt_key = key WHERE attempts >= "limit" ORDER BY index LIMIT 1;
  IF spent IS NULL THEN
    UPDATE ${attempts} AS counter SET attempts = attempts + 1 FROM ${rows} WHERE attempt_key = key;
  END IF;
  RETURN spent;
END $take$;
`
}

/** The statement that takes one attempt back from each of these keys, a JSON text. */
export function giveBackStatement({ attempts }: Pick<Names, 'attempts'>): string {
  return `WITH locked AS (
    SELECT attempt_key FROM ${attempts}
    WHERE attempt_key = ANY (ARRAY(SELECT json_array_elements_text(CAST(CAST($1 AS text) AS json)))) AND reset_at > ${postgresDialect.time('$2')} AND attempts > 0
    ORDER BY attempt_key FOR NO KEY UPDATE
  )
  UPDATE ${attempts} AS counter SET attempts = attempts - 1 FROM locked WHERE counter.attempt_key = locked.attempt_key`
}

/** The counters of attempts. One statement counts in all budgets of an attempt. */
export class PostgresAttempts implements SqlAttempts {
  readonly #run: RunStatement
  readonly #take: string
  readonly #giveBack: string

  constructor(run: RunStatement, names: Names) {
    this.#run = run
    this.#take = `SELECT ${names.takeAttemptsFunction}($1, $2) AS spent`
    this.#giveBack = giveBackStatement(names)
  }

  async take(budgets: readonly CountedBudget[], now: number | null, until?: number): Promise<SpentBudget | undefined> {
    const indexed = budgets.map((budget, index) => ({ ...budget, index, until }))
    const [row] = await this.#run(this.#take, [JSON.stringify(indexed), now])
    if (row?.spent === lateAnswer) throw lateStep('postgresStore')
    return row?.spent == null ? undefined : (JSON.parse(String(row.spent)) as SpentBudget)
  }

  async giveBack(keys: readonly string[], now: number | null): Promise<void> {
    await this.#run(this.#giveBack, [JSON.stringify(keys), now])
  }
}
