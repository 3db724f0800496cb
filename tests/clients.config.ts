import { defineConfig } from 'vitest/config'

const conditions = ['device-auth-source', 'node']

/** For `npm run clients:docs`, which is not one of the tests, because the other clients take two minutes. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['tests/fault-docs.ts'], testTimeout: 300_000 },
})
