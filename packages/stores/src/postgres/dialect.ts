import { MAX_ACCESS_TOKENS } from '@device-auth/core/stores'
import type { Dialect } from '../sql/client.ts'

const accessTokens = 'jsonb_array_elements(access_tokens::jsonb) WITH ORDINALITY AS element(token, position)'

/** The clock of the database in epoch milliseconds; not that of the transaction, which may have begun long ago. */
export const clockSql = 'CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)'

// JSON is sent as text: drivers convert a parameter of type json in different ways.
export const postgresDialect: Dialect = {
  // a subselect is computed once, so that an index can be searched for it
  time: (parameter) => `(SELECT coalesce(CAST(${parameter} AS bigint), ${clockSql}))`,
  greatest: 'greatest',
  // the planner does not know how many rows a time selects: IN may become a scan of the whole table
  isOneOf: (column, subselect) => `${column} = ANY (ARRAY(${subselect}))`,
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  accessTokensEnd: `coalesce((SELECT max((token->>3)::bigint) FROM ${accessTokens}), 0)`,
  appendAccessToken: (token, now) => `(SELECT (coalesce(jsonb_agg(token ORDER BY position), '[]')
      || jsonb_build_array(CAST(CAST(${token} AS text) AS jsonb)))::text
    FROM (SELECT token, position FROM ${accessTokens} WHERE (token->>3)::bigint > ${now}
      ORDER BY position DESC LIMIT ${MAX_ACCESS_TOKENS - 1}) AS latest)`,
  insertAccessToken: (token, now) => `(SELECT jsonb_agg(token ORDER BY position)::text FROM (
    SELECT token, position::numeric FROM ${accessTokens}
      WHERE (token->>3)::bigint > ${now} OR position = jsonb_array_length(access_tokens::jsonb)
    UNION ALL SELECT CAST(CAST(${token} AS text) AS jsonb), jsonb_array_length(access_tokens::jsonb) - 0.5
    ORDER BY position DESC LIMIT ${MAX_ACCESS_TOKENS}) AS latest)`,
  accessTokenEnd: (hash) => `coalesce((SELECT (token->>3)::bigint FROM ${accessTokens} WHERE token->>0 = ${hash}), 0)`,
  hasAccessToken: (hash) => `strpos(access_tokens, ${hash}) > 0`,
  withoutAccessToken: (hash) => `(SELECT coalesce(jsonb_agg(token ORDER BY position), '[]')::text
    FROM ${accessTokens} WHERE token->>0 <> ${hash})`,
}
