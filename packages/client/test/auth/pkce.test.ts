import { expect, it } from 'vitest'
import { createPkce } from '../../src/index.ts'

it('the code challenge is the SHA-256 of the code verifier', async () => {
  const { codeVerifier, codeChallenge } = await createPkce()
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(codeVerifier))
  expect(codeChallenge).toBe(Buffer.from(digest).toString('base64url'))
})
