// The part of the page of devices that the option `approval` adds. The proof in these tests is the challenge itself.
import { describe, expect, it } from 'vitest'
import type { ApprovalProof } from '../../src/contract/approval.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { alice, bob, createPageServer, handleOf, queryOf } from '../verification/visitor.ts'

const sameOrigin = { 'sec-fetch-site': 'same-origin' }

function scene() {
  const keys = new Map([['k1', 'alice']])
  const challenges: string[] = []
  const approval: ApprovalProof = {
    ask: () => undefined,
    verify: () => true,
    enrolment: {
      panel({ user }, challenge) {
        challenges.push(challenge)
        const items = [...keys].filter(([, owner]) => owner === user.subject)
        return {
          title: 'Your keys',
          text: 'Keys approve devices.',
          items: items.map(([id]) => ({ id, name: `Key <${id}>`, detail: 'new' })),
          add: { text: 'Add a key', script: { code: 'void 0', options: challenge, noScript: 'Needs JavaScript.' } },
          remove: 'Remove',
          notices: { proofAdded: 'Key added.', proofRemoved: 'Key removed.', proofFailed: 'No change.' },
        }
      },
      add({ user }, challenge, proof) {
        if (proof !== challenge) return false
        keys.set(`k${keys.size + 1}`, user.subject)
        return true
      },
      remove: ({ user }, id) => keys.get(id) === user.subject && keys.delete(id),
    },
  }
  const server = createPageServer({ approval })
  const get = (user: object = alice, query = '', sessionID?: string): Promise<OAuthResponse> =>
    server.get('/devices', { native: { user, sessionID }, query })
  const post = async (
    form: Readonly<Record<string, string>>,
    user: object = alice,
    headers: Record<string, string> = sameOrigin,
  ): Promise<OAuthResponse> => {
    const response = await server.post('/devices', form, { native: { user }, headers })
    return response.status === 303 ? get(user, queryOf(response)) : response
  }
  return { server, keys, get, post, lastChallenge: () => challenges.at(-1) ?? '' }
}

/** The handle of the form with this button. */
function handleBefore({ body }: OAuthResponse, action: 'addProof' | 'removeProof'): string {
  const before = body.slice(0, body.indexOf(`value="${action}"`))
  return handleOf({ status: 200, headers: {}, body: before.slice(before.lastIndexOf('<form')) })
}

describe('the keys of a user on the page of devices', () => {
  it('are listed with escaped names, and the script is allowed by its nonce', async () => {
    const { get } = scene()
    const { body, headers } = await get()
    expect(body).toContain('Key &lt;k1&gt;')
    expect(body).toMatch(/<noscript>.*Needs JavaScript\./)
    const [, nonce] = /script-src 'nonce-([\w-]{43})';/.exec(String(headers['content-security-policy'])) ?? []
    expect(body).toContain(`<script nonce="${nonce}">`)
  })

  it('are added with a right answer to the challenge of the page', async () => {
    const { keys, get, post, lastChallenge } = scene()
    const handle = handleBefore(await get(), 'addProof')
    const page = await post({ handle, action: 'addProof', proof: lastChallenge() })
    expect(page.body).toContain('Key added.')
    expect([...keys]).toEqual([
      ['k1', 'alice'],
      ['k2', 'alice'],
    ])
  })

  it('are not added with a wrong answer, without one, after ten minutes, or by another user', async () => {
    const { server, keys, get, post, lastChallenge } = scene()
    const handle = handleBefore(await get(), 'addProof')
    const proof = lastChallenge()
    expect((await post({ handle, action: 'addProof', proof: 'x' })).body).toContain('No change.')
    expect((await post({ handle, action: 'addProof' })).body).toContain('No change.')
    expect((await post({ handle, action: 'addProof', proof }, bob)).body).not.toContain('Key added.')
    expect((await post({ handle, action: 'addProof', proof }, alice, { 'sec-fetch-site': 'same-site' })).status).toBe(
      403,
    )
    server.clock.advance(600)
    expect((await post({ handle, action: 'addProof', proof })).body).toContain('No change.')
    expect(keys.size).toBe(1)
  })

  it('are removed by their user only, and a handle works with its own button only', async () => {
    const { keys, get, post } = scene()
    const page = await get()
    const [add, remove] = [handleBefore(page, 'addProof'), handleBefore(page, 'removeProof')]
    expect((await post({ handle: add, action: 'removeProof' })).status).toBe(400)
    expect((await post({ handle: remove, action: 'addProof', proof: 'x' })).status).toBe(400)
    await post({ handle: remove, action: 'removeProof' }, bob)
    expect(keys.size).toBe(1)
    expect((await post({ handle: remove, action: 'removeProof' })).body).toContain('Key removed.')
    expect((await post({ handle: remove, action: 'removeProof' })).body).toContain('No change.')
    expect(keys.size).toBe(0)
  })
})
