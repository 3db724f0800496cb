import { defineConfig } from 'vitest/config'

const conditions = ['device-auth-source', 'node']

/** For `npm run screenshots`, which runs with vitest but is not one of the tests. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['tests/screenshots.ts', 'tests/screenshots-cli.ts'], testTimeout: 300_000 },
})
