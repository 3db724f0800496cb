// oidc-provider with an adapter on a Map, which is faster than its own: that one keeps a thousand entries.

import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { issuer } from './pending.js'

class MapAdapter {
  static records = new Map()
  static byUserCode = new Map()
  constructor(model) {
    this.model = model
  }
  async upsert(id, payload) {
    MapAdapter.records.set(`${this.model}:${id}`, payload)
    if (payload.userCode !== undefined) MapAdapter.byUserCode.set(payload.userCode, payload)
  }
  async find(id) {
    return MapAdapter.records.get(`${this.model}:${id}`)
  }
  async findByUserCode(userCode) {
    return MapAdapter.byUserCode.get(userCode)
  }
  async consume(id) {
    MapAdapter.records.get(`${this.model}:${id}`).consumed = Math.floor(Date.now() / 1000)
  }
  async destroy(id) {
    MapAdapter.records.delete(`${this.model}:${id}`)
  }
  async revokeByGrantId() {}
}

const scope = 'openid offline_access'

export function start() {
  // it warns of its defaults
  console.info = console.warn = () => {}
  const provider = new Provider(issuer, {
    adapter: MapAdapter,
    clients: [
      {
        client_id: 'tv',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'none',
        scope,
      },
    ],
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false } },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: () => '/interaction' },
    cookies: { keys: ['bench'] },
  })
  const approve = async (userCodes) => {
    for (const one of userCodes) {
      const code = await provider.DeviceCode.findByUserCode(one.replace(/-/g, ''))
      const grant = new provider.Grant({ accountId: 'ada', clientId: code.clientId })
      grant.addOIDCScope(scope)
      await Object.assign(code, { accountId: 'ada', scope, grantId: await grant.save() }).save()
    }
  }
  return { server: createServer(provider.callback()), approve }
}
