import type { ConformanceContext } from '../case.ts'
import { encodeForm, formRequest, formType, type HeaderPairs } from '../client.ts'
import { check, expectError, expectNoServerError, expectRefused } from '../expect.ts'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { parseObject } from '../json.ts'

/** Sends a request with a wrong method. Fails unless it is refused and creates nothing; `device-auth` demands 405 with Allow. */
export async function expectMethodNotAllowed(
  t: ConformanceContext,
  url: string,
  method: string,
  parameters: Readonly<Record<string, string>>,
  allow = 'POST',
): Promise<void> {
  const withBody = method !== 'HEAD' && method !== 'OPTIONS' && method !== 'TRACE'
  const response = await t.sendRaw({
    method,
    url: `${url}?${encodeForm(parameters)}`,
    ...(withBody ? { headers: [['Content-Type', formType]], body: encodeForm(parameters) } : {}),
  })
  if (t.strict) check(response.status === 405, '405', response)
  expectRefused(response)
  check(parseObject(response.text)?.device_code === undefined, 'no device_code', response)
  if (t.strict) expectAllow(response, allow)
}

/**
 * Fails unless the Allow header names a method.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6 RFC 9110 section 15.5.6}
 */
export function expectAllow(response: HttpResponse, method: string): void {
  const allowed = (response.headers.get('allow') ?? '').split(/\s*,\s*/)
  check(allowed.includes(method), `405 with Allow: ${method}, not '${allowed.join(', ')}'`, response)
}

/**
 * Fails unless the answer comes within a second, and is no 5xx. A slow answer is asked for again, up to twice: a machine that is busy
 * with something else may delay one.
 */
export async function expectQuickAnswer(t: ConformanceContext, request: HttpRequest): Promise<void> {
  let taken = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 3 && taken >= 1000; tries++) {
    const startedAt = performance.now()
    expectNoServerError(await t.sendRaw(request))
    taken = performance.now() - startedAt
  }
  check(taken < 1000, `an answer within a second, not ${Math.round(taken)} ms`)
}

/** Sends a request that repeats one parameter. Fails unless the answer is `invalid_request`, or one of the other codes for the value itself. */
export async function expectRepeatRefused(
  t: ConformanceContext,
  url: string,
  parameters: Readonly<Record<string, string>>,
  name: string,
  value: string,
  headers: HeaderPairs = [],
  otherCodes: readonly string[] = [],
): Promise<void> {
  const response = await t.send(formRequest(url, [...Object.entries(parameters), [name, value]], headers))
  expectError(response, t.strict ? 'invalid_request' : ['invalid_request', ...otherCodes])
}
