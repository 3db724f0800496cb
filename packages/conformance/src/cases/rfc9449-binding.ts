import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { readChallenges } from '../challenges.ts'
import { client, type Parameters } from '../client.ts'
import { approve, type Device, prepare, readDevice, startDevice, wait } from '../device.ts'
import {
  asksForNonce,
  type BoundDevice,
  createProver,
  deviceRequest,
  getWithProof,
  type Prover,
  refreshRequest,
  sendOneProof,
  sendWithProof,
  signInBound,
  thumbprint,
  tokenRequest,
} from '../dpop.ts'
import { check, expectError, expectRefusal, expectStatus, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { isObject } from '../json.ts'
import { skip } from '../target.ts'
import { readJwt } from '../verify.ts'
import { introspect } from './introspect.ts'

/** The codes of a token request without the key that its code or its client needs. */
const refusals = ['invalid_dpop_proof', 'invalid_grant', 'invalid_request'] as const

/** Sends the token request of a device when its interval is over, with a proof by a prover or without one. */
async function pollBy(t: ConformanceContext, device: Device, prover?: Prover): Promise<HttpResponse> {
  await t.pacing.beforePoll(device.device_code)
  const request = tokenRequest(t, device)
  const response = await (prover === undefined ? t.send(request) : sendWithProof(t, prover, request))
  t.pacing.polled(device.device_code, response.text)
  return response
}

async function expectConfirmation(cnf: unknown, prover: Prover, where: string): Promise<void> {
  const found = isObject(cnf) ? cnf.jkt : undefined
  const expected = await thumbprint(prover)
  check(found === expected, `cnf.jkt ${expected} in ${where}, not ${String(found)}`)
}

const tokenCases: readonly ConformanceCase[] = [
  conformanceCase(
    '9449-5-1',
    'MUST',
    'introspection tells the key of a bound token by cnf.jkt',
    ['dpop', 'introspection', 'resourceServer'],
    async (t) => {
      const { prover, tokens } = await signInBound(t)
      const { active, cnf } = await introspect(t, tokens.access_token)
      if (active === false) throw skip('needs introspection by a client that may see these tokens')
      await expectConfirmation(cnf, prover, 'the introspection response')
    },
  ),
  conformanceCase(
    '9449-6.1-1',
    'MUST',
    'a bound JWT access token has the claim cnf.jkt',
    ['dpop', 'jwtAccessTokens'],
    async (t) => {
      const { prover, tokens } = await signInBound(t)
      await expectConfirmation(readJwt(tokens.access_token)?.claims.cnf, prover, 'the access token')
    },
  ),
  conformanceCase(
    '9449-5.2-1',
    'MUST',
    'a client with dpop_bound_access_tokens gets no tokens without a proof',
    ['dpop', 'dpopBound'],
    async (t) => {
      const device = await startDevice(t, client(t, 'dpopBound'))
      await approve(t, device)
      expectRefusal(await pollBy(t, device), refusals)
    },
  ),
  conformanceCase(
    '9449-5.2-1',
    'own',
    'the code of a client with dpop_bound_access_tokens stays after a request without a proof',
    ['dpop', 'dpopBound'],
    async (t) => {
      const device = await startDevice(t, client(t, 'dpopBound'))
      await approve(t, device)
      await pollBy(t, device)
      const { token_type } = expectTokens(await pollBy(t, device, await createProver()))
      check(token_type.toLowerCase() === 'dpop', `token_type DPoP, not ${token_type}`)
    },
  ),
]

/** Asks for codes that are bound to a key, and approves them. */
async function bindCodes(t: ConformanceContext, prover: Prover, by: 'proof' | 'parameter'): Promise<Device> {
  const who = client(t, 'public')
  const more: Parameters = by === 'parameter' ? { dpop_jkt: await thumbprint(prover) } : {}
  const request = deviceRequest(t, who, more)
  const response = await (by === 'parameter' ? t.send(request) : sendWithProof(t, prover, request))
  const device = await prepare('codes for a key', async () => readDevice(response, who))
  t.pacing.start(device.device_code, device.interval)
  await approve(t, device)
  return device
}

const boundBy = { proof: 'a proof in the device request', parameter: 'dpop_jkt in the device request' } as const

const codeCases: readonly ConformanceCase[] = [
  ...(['proof', 'parameter'] as const).map((by) =>
    conformanceCase(
      '9449-10-1',
      'own',
      `${boundBy[by]} binds the code: without the key it gives nothing`,
      ['dpop', 'device-auth'],
      async (t) => {
        const prover = await createProver()
        const device = await bindCodes(t, prover, by)
        expectError(await pollBy(t, device, await createProver()), refusals)
        expectError(await pollBy(t, device), refusals)
        expectTokens(await pollBy(t, device, prover))
      },
    ),
  ),
  conformanceCase(
    '9449-10-1',
    'own',
    'a device request with a proof and the dpop_jkt of another key is refused',
    ['dpop', 'device-auth'],
    async (t) => {
      const dpop_jkt = await thumbprint(await createProver())
      const request = deviceRequest(t, client(t, 'public'), { dpop_jkt })
      expectError(await sendWithProof(t, await createProver(), request), 'invalid_dpop_proof')
    },
  ),
]

/** Refreshes once a minute, until an answer brings another nonce. Returns the refresh token to go on with. */
async function nextNonce(t: ConformanceContext, { device, prover, tokens }: BoundDevice): Promise<string> {
  let { refresh_token } = tokens
  if (refresh_token === undefined) throw skip('needs a refresh token')
  if (prover.nonce === undefined) throw skip('needs a server that asks for DPoP nonces')
  const { nonce } = prover
  for (let minute = 0; minute < 10; minute++) {
    await wait(t, 60)
    const answer = await sendOneProof(t, prover, refreshRequest(t, device, refresh_token))
    if (!asksForNonce(answer)) {
      const refreshed = await prepare('a refresh', async () => expectTokens(answer))
      refresh_token = refreshed.refresh_token ?? refresh_token
    }
    if (prover.nonce !== nonce) return refresh_token
    check(!asksForNonce(answer), 'another nonce in DPoP-Nonce', answer)
  }
  throw skip('needs a server that gives another nonce within 10 minutes')
}

const isOk = ({ status }: HttpResponse): boolean => status >= 200 && status < 300

const nonceCases: readonly ConformanceCase[] = [
  conformanceCase(
    '9449-8-2',
    'MAY',
    'the next nonce that an answer brings is accepted at once',
    ['dpop', 'clock'],
    async (t) => {
      const bound = await signInBound(t)
      const refreshToken = await nextNonce(t, bound)
      const request = refreshRequest(t, bound.device, refreshToken)
      expectTokens(await sendOneProof(t, bound.prover, request))
    },
  ),
  conformanceCase(
    '9449-9-1',
    'MUST',
    'a resource asks for a nonce by 401 and DPoP-Nonce, and accepts it',
    ['dpop', 'protectedResource'],
    async (t) => {
      const { prover, tokens } = await signInBound(t)
      const { nonce } = prover
      prover.nonce = undefined
      const first = await getWithProof(t, prover, tokens.access_token, {}, sendOneProof)
      if (isOk(first)) throw skip('needs a resource that asks for DPoP nonces')
      if (!asksForNonce(first)) {
        prover.nonce = nonce
        const right = await getWithProof(t, prover, tokens.access_token)
        if (!isOk(right)) throw skip('needs a resource that accepts bound tokens, see 9449-7-1')
      }
      expectStatus(first, 401)
      const challenge = challengeOf(first, 'dpop')
      check(challenge?.get('error') === 'use_dpop_nonce', 'WWW-Authenticate: DPoP error="use_dpop_nonce"', first)
      check((first.headers.get('dpop-nonce') ?? '') !== '', 'the header DPoP-Nonce', first)
      const second = await getWithProof(t, prover, tokens.access_token, {}, sendOneProof)
      check(isOk(second), '2xx', second)
    },
  ),
  conformanceCase(
    '9449-7.1-1',
    'MUST',
    'a resource challenges a wrong proof by the scheme DPoP',
    ['dpop', 'protectedResource'],
    async (t) => {
      const { tokens } = await signInBound(t)
      const answer = await getWithProof(t, await createProver(), tokens.access_token)
      expectStatus(answer, 401)
      check(challengeOf(answer, 'dpop') !== undefined, 'WWW-Authenticate: DPoP', answer)
    },
  ),
]

/** The parameters of the first challenge of a scheme. */
function challengeOf({ headers }: HttpResponse, scheme: string): ReadonlyMap<string, string> | undefined {
  const found = readChallenges(headers.get('www-authenticate') ?? '').find((one) => one.scheme === scheme)
  return found && new Map(found.parameters)
}

export const rfc9449BindingCases: readonly ConformanceCase[] = [...tokenCases, ...codeCases, ...nonceCases]
