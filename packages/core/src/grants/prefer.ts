import type { RequestHeaders } from '../http.ts'

/** Characters of the header that are read: a preference of any use is shorter. */
const LONGEST_HEADER = 256

/** Members of a list, where a comma in a quoted text separates nothing. */
const members = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g
const waitMember = /^\s*wait\s*(?:[=;]|$)/i
const waitSeconds = /^\s*wait\s*=\s*(?:(\d{1,9})|"(\d{1,9})")\s*(?:;|$)/i

/**
 * The seconds that a client is willing to wait for an answer. The first `wait` counts, as for every preference; one that cannot
 * be read is as none.
 *
 * @returns `undefined` if the request does not ask to wait, or for no time at all
 * @see {@link https://www.rfc-editor.org/rfc/rfc7240#section-2 RFC 7240 section 2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7240#section-4.3 RFC 7240 section 4.3}
 */
export function preferredWait(headers: RequestHeaders): number | undefined {
  if (headers.prefer === undefined) return undefined
  const member = [headers.prefer]
    .flat()
    .join(',')
    .slice(0, LONGEST_HEADER)
    .match(members)
    ?.find((each) => waitMember.test(each))
  const found = member === undefined ? null : waitSeconds.exec(member)
  const seconds = found === null ? 0 : Number(found[1] ?? found[2])
  return seconds === 0 ? undefined : seconds
}
