import type { Authentication } from '../contract/store.ts'

/** The last instant of a `Date`, in epoch milliseconds. */
const LAST_INSTANT = 8_640_000_000_000_000

/** Times before the year 2000 are seconds, taken for milliseconds by mistake. */
const FIRST_INSTANT = Date.UTC(2000)

/**
 * Checks what the application tells of a log-in, because resource servers decide by it.
 *
 * @param source - The function of the application, for the error.
 * @throws {TypeError} if a member is wrong.
 */
export function checkAuthentication(
  source: string,
  login: Authentication | null | undefined,
): Authentication | undefined {
  if (login === undefined || login === null) return undefined
  const { time, acr, amr } = Object(login)
  const isTime = typeof time === 'number' && time >= FIRST_INSTANT && time <= LAST_INSTANT
  const isAcr = acr === undefined || (typeof acr === 'string' && acr !== '')
  const isAmr = amr === undefined || (Array.isArray(amr) && amr.every((method) => typeof method === 'string'))
  if (isTime && isAcr && isAmr) return login
  throw new TypeError(
    `Device Auth: ${source} gave a wrong \`authentication\`; expected { time, acr, amr }: the time of the log-in in epoch milliseconds, a text, and a list of texts.`,
  )
}
