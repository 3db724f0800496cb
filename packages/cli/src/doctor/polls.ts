import { plain } from '../terminal/plain-text.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { RecordedAnswer } from './recording.ts'

const section = 'RFC 8628 section 3.5'

/**
 * Checks the answers of the token endpoint to polls.
 *
 * @param first - The answer to the first poll.
 * @param second - The answer to a poll right after the first.
 * @param unissued - The answer to a poll with a device code that the server has not issued.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export function checkPolls(
  first: RecordedAnswer,
  second: RecordedAnswer,
  unissued: RecordedAnswer,
): readonly Finding[] {
  return [...checkPending(first), checkPace(second), checkUnissued(unissued)]
}

function errorOf({ members }: RecordedAnswer): string {
  return typeof members?.error === 'string' ? plain(members.error, 100) : 'no error'
}

function checkPending(first: RecordedAnswer): readonly Finding[] {
  const error = errorOf(first)
  if (error === 'slow_down') return [warning('The first poll gets slow_down', section)]
  if (error !== 'authorization_pending')
    return [problem(`A poll before the approval gets ${error} (HTTP ${first.status})`, section)]
  if (first.status === 400) return [ok('A poll before the approval gets authorization_pending', section)]
  return [warning(`authorization_pending comes with HTTP ${first.status}, not 400`, 'RFC 6749 section 5.2')]
}

function checkPace(second: RecordedAnswer): Finding {
  const error = errorOf(second)
  if (error === 'slow_down') return ok('A second poll right after the first gets slow_down', section)
  if (second.status === 429) return warning('A second poll right after the first gets HTTP 429, not slow_down', section)
  return warning(
    `A second poll right after the first gets ${error}, not slow_down: the server does not limit the pace`,
    section,
  )
}

function checkUnissued(unissued: RecordedAnswer): Finding {
  const error = errorOf(unissued)
  if (error === 'invalid_grant' && unissued.status === 400)
    return ok('An unknown device code gets invalid_grant', section)
  if (error === 'no error' || error === 'authorization_pending')
    return problem(`An unknown device code gets ${error} (HTTP ${unissued.status})`, section)
  return warning(`An unknown device code gets ${error} (HTTP ${unissued.status}), not invalid_grant`, section)
}
