import { createHmac, timingSafeEqual } from 'node:crypto'

/** Seconds for which a challenge is accepted. */
const LIFETIME = 300

/** Challenges that need no memory: a time, with a tag that only this server can make. */
export interface Challenges {
  /** @param now - Seconds since the epoch. */
  create(now: number): string
  /** True for a challenge of this server that is not too old. */
  isFresh(challenge: unknown, now: number): boolean
}

/** Makes challenges. Servers with one secret accept the challenges of each other. */
export function createChallenges(secret: string): Challenges {
  const tag = (time: string): Buffer => createHmac('sha256', secret).update(`attestation challenge ${time}`).digest()
  return {
    create(now) {
      const time = String(Math.floor(now))
      return `${time}.${tag(time).toString('base64url')}`
    },
    isFresh(challenge, now) {
      const [, time = '', given = ''] = /^(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(String(challenge)) ?? []
      const expected = tag(time)
      const bytes = Buffer.from(given, 'base64url')
      const genuine = bytes.length === expected.length && timingSafeEqual(bytes, expected)
      return genuine && Number(time) <= now && now < Number(time) + LIFETIME
    },
  }
}
