import { defineConfig } from 'vitest/config'

const conditions = ['device-auth-source', 'node']

/** `npm run clients:docs`: not among the tests, because other clients take their time. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['tests/fault-docs.ts'], testTimeout: 300_000 },
})
