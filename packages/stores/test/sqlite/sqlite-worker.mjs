// A process that works on a file that other processes have open too. It uses the built package.
import { sqliteStore } from '@device-auth/stores/sqlite'
import { openSqlite } from './database.mjs'

const [, , file] = process.argv
const store = sqliteStore(openSqlite(file))
const tokens = (now) => ({
  accessTokenHash: `${Math.random()}`,
  issuedAt: now,
  accessTokenExpiresAt: now + 3_600_000,
  scope: '',
})

/** Redeems codes. @returns the ids of those that this process has redeemed */
async function redeem(ids, now) {
  const won = []
  for (const id of ids) if (await store.redeem(id, tokens(now), 'sealed', now)) won.push(id)
  return won
}

/** Signs devices in until the process is killed, and sends the id of each one when it is done. */
async function signIn() {
  for (let count = 0; ; count++) {
    const [id, now] = [`${process.pid} ${count}`, Date.now()]
    const ends = { createdAt: now, expiresAt: now + 600_000, interval: 5 }
    await store.createDeviceCredential({ id, clientId: 'tv', scope: '', userCodeHash: id, ...ends })
    await store.decide(id, { subject: 'alice', approved: true, scope: '' }, now)
    await store.pollDeviceCredential(id, 'tv', now)
    if (await store.redeem(id, tokens(now), 'sealed', now)) process.send(id)
    await new Promise(setImmediate)
  }
}

process.on('message', async ({ ids, now }) => process.send(ids === undefined ? await signIn() : await redeem(ids, now)))
process.send('ready')
