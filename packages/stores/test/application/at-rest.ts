import { REFRESH_TOKEN_GRANT_TYPE } from '@device-auth/core'
import { expect } from 'vitest'
import { nodeOn } from './sign-in.ts'

type Store = Parameters<typeof nodeOn>[0]

/** Makes a sign-in in every state, dumps the database, and tries to sign in with each word of the dump. */
export async function expectNothingUsableAtRest(store: Store, dump: () => Promise<string>): Promise<void> {
  const node = nodeOn(store)
  const secrets: string[] = []
  const begin = async (): Promise<{ readonly device_code: string; readonly user_code: string }> => {
    const codes = await node.begin()
    secrets.push(codes.device_code, codes.user_code, codes.user_code.replaceAll('-', ''))
    return codes
  }
  await begin()
  const approved = await begin()
  expect(await node.deviceAuth.approve(approved.user_code, { subject: 'alice' })).toBe('decided')
  const redeemed = await begin()
  await node.deviceAuth.approve(redeemed.user_code, { subject: 'alice' })
  const tokens = await node.poll(redeemed.device_code)
  expect(tokens.status).toBe(200)
  const refresh_token = tokens.body.refresh_token ?? ''
  const rotated = await node.token({ grant_type: REFRESH_TOKEN_GRANT_TYPE, refresh_token })
  expect(rotated.status).toBe(200)
  for (const { body } of [tokens, rotated]) secrets.push(body.access_token ?? '', body.refresh_token ?? '')
  const kept = await dump()
  expect(kept).toContain('alice')
  for (const secret of secrets) {
    expect(secret).not.toBe('')
    expect(kept).not.toContain(secret)
    // a token begins with the id of its family; the rest is the secret
    expect(kept).not.toContain(secret.split('.').at(-1))
  }
  await expectNobodySignsIn(store, kept)
}

async function expectNobodySignsIn(store: Store, kept: string): Promise<void> {
  // each word is tried, and a hundred forged tokens an hour is the limit
  const node = nodeOn(store, { limits: { refreshTokensPerAddress: 1_000_000 } })
  const words = [...new Set(kept.match(/[\w-]{8,}/g))]
  expect(words.length).toBeGreaterThan(20)
  const hashes = words.filter((word) => word.length === 43)
  const tokens = [...words, ...hashes.flatMap((id) => hashes.map((hash) => `${id}.${hash}`))]
  for (const token of tokens) {
    expect(await node.deviceAuth.authenticate(token)).toBeUndefined()
    const refreshed = await node.token({ grant_type: REFRESH_TOKEN_GRANT_TYPE, refresh_token: token })
    expect(refreshed.status).toBe(400)
  }
  for (const word of words) {
    expect((await node.poll(word)).status).toBe(400)
    expect(await node.deviceAuth.find(word)).toBeUndefined()
  }
}
