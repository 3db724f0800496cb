import { strict as assert } from 'node:assert'
import type { IncidentFilter } from '../../contract/store.ts'
import { addressRange } from '../../ip-address.ts'
import { ACCESS_TOKEN_LIFETIME, LIFETIME, randomHash, type Scene, type StoreCase, storeCase } from './scene.ts'

async function finds(scene: Scene, filter: IncidentFilter, seconds: number, ids: readonly string[]): Promise<void> {
  const found = await scene.store.findIds(filter, scene.at(seconds))
  assert.deepEqual([...found].sort(), [...ids].sort(), `${JSON.stringify(filter)} at ${seconds} s`)
}

/** Cases about what must be found when an account, a client or a network turns out to be hostile. */
export const incidentCases: readonly StoreCase[] = [
  storeCase('XD-6.1.6 a subject is found by its claims, approvals and live families only', async (scene) => {
    const subject = scene.alice
    const claimed = await scene.create()
    await scene.claim(claimed, 1, subject)
    const approved = await scene.approved()
    const alone = { refreshTokenHash: undefined, refreshTokenExpiresAt: undefined }
    const { id: redeemed } = await scene.redeemed(alone)
    const denied = await scene.create()
    await scene.deny(denied, 1)
    const foreign = await scene.create()
    await scene.approve(foreign, 1, scene.bob)
    await scene.create()
    await finds(scene, { subject }, 3, [claimed.id, approved.id, redeemed])
    await finds(scene, { subject: scene.bob }, 3, [foreign.id])
    await finds(scene, { subject: randomHash() }, 3, [])
    await finds(scene, { subject: '__proto__' }, 3, [])
    await finds(scene, { subject }, LIFETIME, [redeemed])
    await finds(scene, { subject }, 2 + ACCESS_TOKEN_LIFETIME, [])
  }),

  storeCase('XD-6.1.6 a client is found by its live requests and families, until they are revoked', async (scene) => {
    const clientId = `client-${randomHash()}`
    const pending = await scene.create(0, { clientId })
    const approved = await scene.create(0, { clientId })
    await scene.approve(approved, 1)
    const redeemed = await scene.create(0, { clientId })
    await scene.approve(redeemed, 1)
    await scene.redeem(redeemed, 2)
    await scene.create()
    const ids = [pending.id, approved.id, redeemed.id]
    await finds(scene, { clientId }, 3, ids)
    for (const id of ids) assert.equal(await scene.store.revoke(id, scene.at(3)), true)
    await finds(scene, { clientId }, 4, [])
    assert.equal((await scene.poll(redeemed, 4, clientId)).status, 'revoked')
  }),

  storeCase('XD-6.1.6 a network is found by its prefix, however its addresses are written', async (scene) => {
    const clientId = `client-${randomHash()}`
    const from = async (ip: string): Promise<string> =>
      (await scene.create(0, { clientId, requester: { ip, userAgent: 'television' } })).id
    const inside = [await from('203.0.113.7'), await from('::ffff:203.0.113.255'), await from('203.0.113.8:4711')]
    const outside = [await from('203.0.112.255'), await from('203.0.114.0'), await from('unknown')]
    await scene.create(0, { clientId })
    const v6 = [await from('2001:db8:0:7::1'), await from('2001:0DB8:0000:0007:ffff::')]
    await from('2001:db8:0:8::1')
    await findsThere(scene, '203.0.113.0/24', inside)
    await findsThere(scene, '203.0.113.7', inside.slice(0, 1))
    await findsThere(scene, '203.0.114.0/32', outside.slice(1, 2))
    await findsThere(scene, '2001:db8:0:7::/64', v6)
  }),
]

/** Checks only some of the ids: other cases may have left requests from this network in a store that they share. */
async function findsThere(scene: Scene, network: string, ids: readonly string[]): Promise<void> {
  const requester = addressRange(network)
  assert.ok(requester !== undefined)
  const found = new Set(await scene.store.findIds({ requester }, scene.at(3)))
  for (const id of ids) assert.ok(found.has(id), `${network} holds ${id}`)
  for (const id of found) {
    const ip = (await scene.store.findDeviceCredential(id, scene.at(3)))?.requester?.ip
    assert.ok(ip !== undefined && addressRange(ip) !== undefined)
    const key = addressRange(ip)?.from ?? ''
    assert.ok(key >= requester.from && key <= requester.to, `${ip} is in ${network}`)
  }
}
