import { defineConfig } from 'vitest/config'

const conditions = ['device-auth-source', 'node']

/** `npm run screenshots`: not among the tests, run as they are. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['tests/screenshots.ts', 'tests/screenshots-cli.ts'], testTimeout: 300_000 },
})
