// Microsoft's @azure/identity signs in over https at an authority of its user's own, by the option `compatibility` alone.
import { generateKeyPairSync } from 'node:crypto'
import { DeviceCodeCredential } from '@azure/identity'
import { deviceClient, opaqueTokens } from '@device-auth/express'
import { openIdConnect } from '@device-auth/jwt'
import { afterEach, describe, expect, it } from 'vitest'
import { approveAfterTwoPolls, certificate, endServers, startTls, type TlsTarget } from './tls-server.ts'

afterEach(endServers)

function start(): Promise<TlsTarget> {
  return startTls((port) => `https://localhost:${port}/oauth`, {
    compatibility: ['entra'],
    // MSAL renews a token five minutes before its end, so each further one needs a refresh
    accessToken: opaqueTokens({ expiresIn: 240 }),
    clients: [deviceClient({ client_id: 'tv', scope: 'profile openid offline_access' })],
    openid: openIdConnect({ keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
  })
}

function createCredential({ issuer }: TlsTarget, show: (userCode: string, message: string) => void) {
  const { origin, pathname } = new URL(issuer)
  return new DeviceCodeCredential({
    authorityHost: origin,
    // the tenant is the first segment of the path
    tenantId: pathname.slice(1),
    disableInstanceDiscovery: true,
    clientId: 'tv',
    tlsOptions: { ca: certificate },
    retryOptions: { maxRetries: 0 },
    userPromptCallback: ({ userCode, message }) => show(userCode, message),
  })
}

describe('DeviceCodeCredential', () => {
  it('shows the message, waits, is approved, and gets a new token without the user', async () => {
    const target = await start()
    const shown: string[] = []
    const credential = createCredential(target, (userCode, message) => {
      shown.push(message)
      void approveAfterTwoPolls(target, userCode)
    })
    const { token, expiresOnTimestamp } = await credential.getToken('profile')
    expect(shown).toEqual([expect.stringContaining(`${target.issuer}/device`)])
    expect(expiresOnTimestamp).toBeGreaterThan(Date.now())
    expect(await target.deviceAuth.authenticate(token)).toMatchObject({ subject: 'ada' })
    const again = await credential.getToken('profile')
    expect(again.token).not.toBe(token)
    expect(await target.deviceAuth.authenticate(again.token)).toMatchObject({ subject: 'ada' })
    expect(shown).toHaveLength(1)
    // two polls that wait, the tokens, the refresh
    expect(target.polls).toEqual([400, 400, 200, 200])
  })

  it('is denied', async () => {
    const target = await start()
    const credential = createCredential(target, (userCode) => void target.deviceAuth.deny(userCode))
    await expect(credential.getToken('profile')).rejects.toThrow('access_denied')
  })
})
