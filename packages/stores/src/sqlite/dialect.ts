import { MAX_ACCESS_TOKENS } from '@device-auth/core/stores'
import type { Dialect } from '../sql/client.ts'

/** Uses the JSON functions that are part of SQLite since 3.38. The clock is counted in days from the year -4713 to the millisecond. */
export const sqliteDialect: Dialect = {
  time: (parameter) => `coalesce(${parameter}, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER))`,
  greatest: 'max',
  isOneOf: (column, subselect) => `${column} IN (${subselect})`,
  skipLocked: '',
  accessTokensEnd: `coalesce((SELECT max(json_extract(value, '$[3]')) FROM json_each(access_tokens)), 0)`,
  appendAccessToken: (token, now) => `(SELECT json_insert(json_group_array(json(value)), '$[#]', json(${token}))
    FROM (SELECT value, position FROM (SELECT value, key AS position FROM json_each(access_tokens)
      WHERE json_extract(value, '$[3]') > ${now} ORDER BY key DESC LIMIT ${MAX_ACCESS_TOKENS - 1}) ORDER BY position))`,
  insertAccessToken: (token, now) => `(SELECT json_group_array(json(value)) FROM (SELECT value, position FROM (
    SELECT value, key AS position FROM json_each(access_tokens)
      WHERE json_extract(value, '$[3]') > ${now} OR key = json_array_length(access_tokens) - 1
    UNION ALL SELECT json(${token}), json_array_length(access_tokens) - 1.5
    ORDER BY position DESC LIMIT ${MAX_ACCESS_TOKENS}) ORDER BY position))`,
  accessTokenEnd: (hash) => `coalesce((SELECT json_extract(value, '$[3]') FROM json_each(access_tokens)
    WHERE json_extract(value, '$[0]') = ${hash}), 0)`,
  hasAccessToken: (hash) => `instr(access_tokens, ${hash}) > 0`,
  withoutAccessToken: (hash) => `(SELECT json_group_array(json(value)) FROM (SELECT value FROM json_each(access_tokens)
    WHERE json_extract(value, '$[0]') <> ${hash} ORDER BY key))`,
}
