// Stores that are wrong on purpose: the control. The checker has to find each of them.

const ways = {
  // a second redemption of a code is told that it was the first
  'redeems twice': (store) => ({
    pollDeviceCredential: async (...values) => {
      const result = await store.pollDeviceCredential(...values)
      return result.status === 'redeemed' ? { status: 'approved', credential: result.credential } : result
    },
    redeem: async (...values) => {
      await store.redeem(...values)
      return true
    },
  }),
  // revocations are acknowledged, and not kept
  'keeps the revoked': () => ({ revoke: async () => true }),
  // denials are kept as approvals
  'approves the denied': (store) => ({
    decide: (id, userGrant, now) => store.decide(id, { ...userGrant, approved: true, scope: 'profile' }, now),
  }),
}

/** @param how one of the ways; `undefined`: the store as it is */
export function broken(store, how) {
  if (ways[how] === undefined) return store
  const steps = ways[how](store)
  return new Proxy(store, {
    get(target, name) {
      const value = steps[name] ?? target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
