import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { approve, type Device, startDevice } from '../device.ts'
import {
  asksForNonce,
  createProof,
  createProver,
  getWithProof,
  type ProofChanges,
  type Prover,
  refreshRequest,
  sendWithProof,
  signInBound,
  tokenRequest,
} from '../dpop.ts'
import { check, expectError, expectStatus, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { skip } from '../target.ts'

const needs = ['dpop'] as const

async function approvedDevice(t: ConformanceContext): Promise<Device> {
  const device = await startDevice(t)
  await approve(t, device)
  return device
}

/** Redeems an approved code with a proof that has a fault. */
async function redeemWith(
  t: ConformanceContext,
  changes: (prover: Prover) => ProofChanges,
  prover?: Prover,
): Promise<HttpResponse> {
  const by = prover ?? (await createProver())
  return sendWithProof(t, by, tokenRequest(t, await approvedDevice(t)), changes(by))
}

const expectInvalidProof = (response: HttpResponse): void => void expectError(response, 'invalid_dpop_proof')

const wrongProofs: readonly (readonly [id: string, what: string, changes: (prover: Prover) => ProofChanges])[] = [
  ['9449-4.2-1', 'without the typ dpop+jwt', () => ({ header: { typ: 'JWT' } })],
  ['9449-4.2-1', 'without a jti', () => ({ claims: { jti: undefined } })],
  ['9449-4.2-1', 'without an iat', () => ({ claims: { iat: undefined } })],
  ['9449-4.3-2', 'with the alg none', () => ({ header: { alg: 'none' } })],
  ['9449-4.3-2', 'with a symmetric alg', () => ({ header: { alg: 'HS256' } })],
  ['9449-4.3-2', 'with a private key in jwk', ({ key }) => ({ header: { jwk: key.privateJwk } })],
  ['9449-4.3-3', 'with the htm of another method', () => ({ claims: { htm: 'GET' } })],
  ['9449-4.3-3', 'with the htu of another address', () => ({ claims: { htu: 'https://example.com/token' } })],
]

const proofCases: readonly ConformanceCase[] = [
  ...wrongProofs.map(([id, what, changes]) =>
    conformanceCase(id, 'MUST', `a proof ${what} is refused with invalid_dpop_proof`, needs, async (t) => {
      expectInvalidProof(await redeemWith(t, changes))
    }),
  ),
  conformanceCase('9449-4.3-2', 'MUST', 'a proof signed by another key than its jwk is refused', needs, async (t) => {
    const other = await createProver()
    expectInvalidProof(await redeemWith(t, () => ({ header: { jwk: other.key.publicJwk } })))
  }),
  conformanceCase('9449-4.3-1', 'MUST', 'a request with two DPoP headers is refused', needs, async (t) => {
    const request = tokenRequest(t, await approvedDevice(t))
    const prover = await createProver()
    const proofs = [await createProof(t, prover, request), await createProof(t, prover, request)]
    const headers = proofs.map((proof) => ['DPoP', proof] as const)
    expectInvalidProof(await t.sendRaw({ ...request, headers: [...(request.headers ?? []), ...headers] }))
  }),
  conformanceCase('9449-4.3-1', 'MUST', 'a DPoP header that is no JWT is refused', needs, async (t) => {
    const request = tokenRequest(t, await approvedDevice(t))
    for (const text of ['conformance', 'a.b.c', 'e30.e30.']) {
      expectInvalidProof(await t.sendRaw({ ...request, headers: [...(request.headers ?? []), ['DPoP', text]] }))
    }
  }),
  conformanceCase(
    '9449-4.3-4',
    'MUST',
    'a proof of yesterday, or with an unknown nonce, is refused',
    needs,
    async (t) => {
      const iat = Math.floor(t.pacing.now()) - 86_400
      const claims = { iat, nonce: 'conformance-unknown' }
      expectError(await redeemWith(t, () => ({ claims })), ['invalid_dpop_proof', 'use_dpop_nonce'])
    },
  ),
  conformanceCase('9449-11.1-1', 'MAY', 'a proof is accepted once', ['dpop', 'device-auth'], async (t) => {
    const { device, prover, tokens } = await signInBound(t)
    if (tokens.refresh_token === undefined) throw skip('needs a refresh token')
    const claims = { jti: crypto.randomUUID() }
    const request = refreshRequest(t, device, tokens.refresh_token)
    const refreshed = expectTokens(await sendWithProof(t, prover, request, { claims }))
    const again = refreshRequest(t, device, refreshed.refresh_token ?? tokens.refresh_token)
    expectInvalidProof(await sendWithProof(t, prover, again, { claims }))
  }),
]

const grantCases: readonly ConformanceCase[] = [
  conformanceCase('9449-5-1', 'MUST', 'tokens for a right proof have the token_type DPoP', needs, async (t) => {
    const device = await approvedDevice(t)
    const response = await sendWithProof(t, await createProver(), tokenRequest(t, device))
    const { token_type } = expectTokens(response)
    check(token_type.toLowerCase() === 'dpop', `token_type DPoP, not ${token_type}`, response)
  }),
  conformanceCase('9449-5-2', 'MUST', 'a refresh token of a public client needs the same key', needs, async (t) => {
    const { device, prover, tokens } = await signInBound(t)
    if (tokens.refresh_token === undefined) throw skip('needs a refresh token')
    const request = refreshRequest(t, device, tokens.refresh_token)
    const codes = ['invalid_grant', 'invalid_dpop_proof']
    expectError(await sendWithProof(t, await createProver(), request), codes)
    expectError(await t.sendRaw(request), [...codes, 'invalid_request'])
    expectTokens(await sendWithProof(t, prover, request))
  }),
  conformanceCase('9449-8-1', 'MUST', 'an answer use_dpop_nonce brings a nonce and is no poll', needs, async (t) => {
    const device = await startDevice(t)
    const prover = await createProver()
    const request = tokenRequest(t, device)
    const proof = await createProof(t, prover, request)
    const first = await t.sendRaw({ ...request, headers: [...(request.headers ?? []), ['DPoP', proof]] })
    if (!asksForNonce(first)) throw skip('needs a server that asks for DPoP nonces')
    expectError(first, 'use_dpop_nonce')
    const nonce = first.headers.get('dpop-nonce') ?? ''
    check(nonce !== '', 'the header DPoP-Nonce', first)
    prover.nonce = nonce
    expectError(await sendWithProof(t, prover, request), 'authorization_pending')
  }),
  conformanceCase('9449-4.3-5', 'own', 'a failing proof is no poll, and an approved code stays', needs, async (t) => {
    const device = await approvedDevice(t)
    const prover = await createProver()
    const request = tokenRequest(t, device)
    expectInvalidProof(await sendWithProof(t, prover, request, { claims: { htm: 'GET' } }))
    expectTokens(await sendWithProof(t, prover, request))
  }),
]

const resourceCases: readonly ConformanceCase[] = [
  conformanceCase(
    '9449-7-1',
    'MUST',
    'a bound token is accepted with its proof, and refused as Bearer',
    ['dpop', 'protectedResource'],
    async (t) => {
      const { prover, tokens } = await signInBound(t)
      const answer = await getWithProof(t, prover, tokens.access_token)
      check(answer.status >= 200 && answer.status < 300, '2xx', answer)
      const url = t.target.protectedResource?.url ?? ''
      const headers = [['Authorization', `Bearer ${tokens.access_token}`]] as const
      expectStatus(await t.sendRaw({ method: 'GET', url, headers }), 401)
    },
  ),
  conformanceCase(
    '9449-7-1',
    'MUST',
    'a bound token is refused with the proof of another key, or without its ath',
    ['dpop', 'protectedResource'],
    async (t) => {
      const { prover, tokens } = await signInBound(t)
      expectStatus(await getWithProof(t, await createProver(), tokens.access_token), 401)
      expectStatus(await getWithProof(t, prover, tokens.access_token, { claims: { ath: undefined } }), 401)
    },
  ),
]

export const rfc9449Cases: readonly ConformanceCase[] = [...proofCases, ...grantCases, ...resourceCases]
