// The option `approval`: a further proof at the approval. The proof in these tests is the challenge itself, so that a test can
// give the right one, one of another request, and none.
import { describe, expect, it } from 'vitest'
import type { ApprovalProof, PendingApproval, ProofQuestion } from '../../src/contract/approval.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { expectError, expectToken } from '../server.ts'
import { alice, bob, type CookieJar, createPageServer, handleOf, type Visitor } from './visitor.ts'

const question = { text: 'Show your key.', failure: 'That was not your key.' }
const script = { code: 'document.title = "ready"', options: '{"a":"<b>"}', noScript: 'This needs JavaScript.' }

/** A proof that each approval needs: its challenge. */
function challengeProof(): ApprovalProof & { readonly asked: PendingApproval[] } {
  const asked: PendingApproval[] = []
  return {
    asked,
    ask(approval) {
      asked.push(approval)
      return { ...question, script }
    },
    verify: ({ challenge }, proof) => proof === challenge,
  }
}

function scene() {
  const approval = challengeProof()
  const server = createPageServer({ approval })
  const refused: string[] = []
  server.deviceAuth.on('refused', ({ reason }) => refused.push(reason))
  return { server, refused, lastChallenge: () => approval.asked.at(-1)?.challenge ?? '', asked: approval.asked }
}

async function open(visitor: Visitor, userCode: string): Promise<OAuthResponse> {
  return visitor.get(await visitor.enter(userCode))
}

function approve(visitor: Visitor, page: OAuthResponse, proof = ''): Promise<OAuthResponse> {
  return visitor.post({ handle: handleOf(page), action: 'approve', proof })
}

describe('an approval that needs a proof', () => {
  it('8628-3.3-1 goes through with the right proof, once', async () => {
    const { server, lastChallenge, refused } = scene()
    const codes = await server.start()
    const visitor = server.visit(alice)
    const page = await open(visitor, codes.user_code)
    expect(lastChallenge()).toMatch(/^[\w-]{43}$/)
    expect((await approve(visitor, page, lastChallenge())).status).toBe(200)
    expect((await approve(visitor, page, lastChallenge())).status).toBe(409)
    expectToken(await server.poll(codes.device_code))
    expect(refused).toEqual([])
  })

  it.each(['', 'x', 'A'.repeat(10_000)])('is refused with the proof "%s", and shows the page again', async (proof) => {
    const { server, refused } = scene()
    const codes = await server.start()
    const visitor = server.visit(alice)
    const page = await open(visitor, codes.user_code)
    expect(page.body).toMatch(/id="proof-failure" role="alert" hidden>/)
    const again = await approve(visitor, page, proof)
    expect({ status: again.status, refused }).toEqual({ status: 403, refused: ['proof'] })
    expect(again.body).toMatch(/id="proof-failure" role="alert">That was not your key\./)
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })

  it('can be declined without a proof', async () => {
    const { server } = scene()
    const codes = await server.start()
    const visitor = server.visit(alice)
    const page = await open(visitor, codes.user_code)
    expect((await visitor.post({ handle: handleOf(page), action: 'deny' })).status).toBe(200)
    expectError(await server.poll(codes.device_code), 'access_denied')
  })

  it('is refused with a proof twice in the form', async () => {
    const { server, lastChallenge } = scene()
    const codes = await server.start()
    const visitor = server.visit(alice)
    const page = await open(visitor, codes.user_code)
    const fields = [['handle', handleOf(page)] as const, ['action', 'approve'] as const]
    const twice = [...fields, ['proof', lastChallenge()] as const, ['proof', lastChallenge()] as const]
    const native = { user: alice }
    const answer = await server.post('/device', twice, { native, headers: { 'sec-fetch-site': 'same-origin' } })
    expect(answer.status).toBe(400)
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })

  it('answers 500, and stays pending, if the check itself fails', async () => {
    const verify = (): boolean => {
      throw new Error('no key server')
    }
    const server = createPageServer({ approval: { ask: () => question, verify } })
    const codes = await server.start()
    const visitor = server.visit(alice)
    expect((await approve(visitor, await open(visitor, codes.user_code))).status).toBe(500)
    expect(server.errors).toHaveLength(1)
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })
})

describe('the challenge', () => {
  it('is another one each time that the page is shown, and an older page keeps its own', async () => {
    const { server, lastChallenge } = scene()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const query = await visitor.enter(user_code)
    const older = await visitor.get(query)
    const olderChallenge = lastChallenge()
    const newer = await visitor.get(query)
    expect(lastChallenge()).not.toBe(olderChallenge)
    expect((await approve(visitor, newer, olderChallenge)).status).toBe(403)
    expect((await approve(visitor, older, olderChallenge)).status).toBe(200)
  })

  it('fits no other request of the same client, scope and user', async () => {
    const { server, lastChallenge } = scene()
    const [one, other] = [await server.start(), await server.start()]
    const visitor = server.visit(alice)
    await open(visitor, one.user_code)
    const challenge = lastChallenge()
    const otherPage = await open(visitor, other.user_code)
    expect((await approve(visitor, otherPage, challenge)).status).toBe(403)
  })

  it('fits no other user and no other log-in session in the same browser', async () => {
    const { server, lastChallenge } = scene()
    const { user_code } = await server.start()
    const browser: CookieJar = new Map()
    await open(server.visit(alice, 'one', undefined, browser), user_code)
    const challenge = lastChallenge()
    for (const [user, session] of [[alice, 'two'] as const, [bob, 'one'] as const]) {
      const visitor = server.visit(user, session, undefined, browser)
      expect((await approve(visitor, await open(visitor, user_code), challenge)).status).toBe(403)
    }
  })

  it('is not that of the handle in the address, which has no random value', async () => {
    const { server, lastChallenge } = scene()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const query = await visitor.enter(user_code)
    await visitor.get(query)
    const handle = new URLSearchParams(query).get('handle') ?? ''
    const answer = await visitor.post({ handle, action: 'approve', proof: lastChallenge() })
    expect(answer.status).toBe(403)
  })
})

describe('the page', () => {
  it('runs the script of the proof under its nonce, and no other', async () => {
    const { server } = scene()
    const visitor = server.visit(alice)
    const { headers, body } = await open(visitor, (await server.start()).user_code)
    const policy = String(headers['content-security-policy'])
    const [, nonce] = /script-src 'nonce-([\w-]{43})';/.exec(policy) ?? []
    expect(body).toContain(`<script nonce="${nonce}">document.title = "ready"</script>`)
    expect(body).toContain('data-options="{&quot;a&quot;:&quot;&lt;b&gt;&quot;}"')
    expect(body).toMatch(/<noscript>.*This needs JavaScript\./)
    expect(policy).not.toMatch(/unsafe|connect-src|script-src (?!'nonce-)/)
  })

  it('has no script, field and script-src without the option, or if no proof is needed', async () => {
    const none: ApprovalProof = { ask: () => undefined, verify: () => true }
    for (const options of [{}, { approval: none }]) {
      const server = createPageServer(options)
      const visitor = server.visit(alice)
      const page = await open(visitor, (await server.start()).user_code)
      expect(page.body).not.toMatch(/<\/?(?:no)?script|name="proof"/)
      expect(page.headers['content-security-policy']).not.toContain('script-src')
      expect((await approve(visitor, page)).status).toBe(200)
    }
  })

  it.each(['</script><b>', '</SCRIPT >', 'a <!-- b'])('does not show a script that has %s', async (code) => {
    const approval: ApprovalProof = {
      ask: () => ({ ...question, script: { ...script, code } }),
      verify: () => true,
    }
    const server = createPageServer({ approval })
    const page = await open(server.visit(alice), (await server.start()).user_code)
    expect(page.status).toBe(500)
    expect(page.body).not.toContain(code)
  })

  it('asks for a fresh log-in that leads back: the same door without a script', async () => {
    const approval: ApprovalProof<{ session: { signedInAt: number } }> = {
      ask: ({ returnTo, request, credential }): ProofQuestion | undefined =>
        request.native.session.signedInAt >= credential.createdAt
          ? undefined
          : { ...question, link: { text: 'Sign in again', url: `/login?return_to=${encodeURIComponent(returnTo)}` } },
      verify: ({ request, credential }) => request.native.session.signedInAt >= credential.createdAt,
    }
    const server = createPageServer({ approval: approval as ApprovalProof })
    const { user_code } = await server.start()
    const native = { user: alice, session: { signedInAt: 0 } }
    const headers = { 'sec-fetch-site': 'same-origin' }
    const entered = await server.get('/device', { native })
    const parameters = { handle: handleOf(entered), user_code, action: 'continue' }
    const found = await server.post('/device', parameters, { native, headers })
    const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? ''
    const page = await server.get('/device', {
      native,
      headers: { cookie },
      query: String(found.headers.location).split('?')[1] ?? '',
    })
    const returnTo = decodeURIComponent(/return_to=([^"]+)"/.exec(page.body)?.[1] ?? '')
    expect(returnTo).toMatch(/^\/oauth\/device\?handle=[\w-]+$/)
    const fresh = { user: alice, session: { signedInAt: server.clock() } }
    const back = await server.get('/device', {
      native: fresh,
      headers: { cookie },
      query: returnTo.split('?')[1] ?? '',
    })
    expect(back.body).not.toContain('Sign in again')
    const form = { handle: handleOf(back), action: 'approve', own_device: 'yes' }
    expect((await server.post('/device', form, { native, headers: { ...headers, cookie } })).status).toBe(403)
    expect((await server.post('/device', form, { native: fresh, headers: { ...headers, cookie } })).status).toBe(200)
  })
})

describe('the option approval', () => {
  it.each([{}, { ask() {} }, 'required', { ask() {}, verify() {}, enrolment: { panel() {} } }])(
    'is refused as %o',
    (approval) => {
      expect(() => createPageServer({ approval: approval as ApprovalProof })).toThrow(/`approval` is .*ask and verify/)
    },
  )
})
