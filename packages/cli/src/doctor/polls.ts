import { plain } from '../terminal/plain-text.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { Recorded } from './recording.ts'

const section = 'RFC 8628 section 3.5'

/** How the token endpoint answers polls: the first, one right after it, and one with a code that nobody has issued. */
export function checkPolls(first: Recorded, second: Recorded, invented: Recorded): readonly Finding[] {
  return [...checkPending(first), checkPace(second), checkInvented(invented)]
}

function errorOf({ members }: Recorded): string {
  return typeof members?.error === 'string' ? plain(members.error, 100) : 'no error'
}

function checkPending(first: Recorded): readonly Finding[] {
  const error = errorOf(first)
  if (error === 'slow_down') return [warning('The first poll is answered slow_down', section)]
  if (error !== 'authorization_pending')
    return [problem(`A poll before the approval is answered ${error}, HTTP ${first.status}`, section)]
  if (first.status === 400) return [ok('A poll before the approval is answered authorization_pending', section)]
  return [warning(`authorization_pending comes with HTTP ${first.status}, not 400`, 'RFC 6749 section 5.2')]
}

function checkPace(second: Recorded): Finding {
  const error = errorOf(second)
  if (error === 'slow_down') return ok('A poll right after it is answered slow_down', section)
  if (second.status === 429) return warning('A poll right after it is answered HTTP 429, not slow_down', section)
  return warning(`A poll right after it is answered ${error}, not slow_down: polls are not paced`, section)
}

function checkInvented(invented: Recorded): Finding {
  const error = errorOf(invented)
  if (error === 'invalid_grant' && invented.status === 400)
    return ok('An invented device code is answered invalid_grant', section)
  if (error === 'no error' || error === 'authorization_pending')
    return problem(`An invented device code is answered ${error}, HTTP ${invented.status}`, section)
  return warning(`An invented device code is answered ${error}, HTTP ${invented.status}, not invalid_grant`, section)
}
