import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { pathWithPostgres } from './tests/embedded-postgres.ts'
import { MissingReporter } from './tests/missing-reporter.ts'
import { nestMajors } from './tests/nest-majors.ts'

// also handed to Node itself: 'import' among them would make its require() load ES modules
const conditions = ['device-auth-source', 'node']

// tests talk to servers on this machine only, which a proxy of the environment cannot reach
for (const name of Object.keys(process.env))
  if (/^(?:node_use_env|https?|all)_proxy$/i.test(name)) delete process.env[name]

export default defineConfig({
  plugins: [nestMajors()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'tests/**/*.test.ts'],
    // they need the packed packages: tests/packed.config.ts runs them
    exclude: [...configDefaults.exclude, 'tests/packed-control.test.ts', 'tests/installers.test.ts'],
    reporters: ['default', new MissingReporter()],
    env: { PATH: pathWithPostgres() },
    globalSetup: 'tests/e2e-build.ts',
    // a busy machine may stop a process for seconds: these only bound how long a test that hangs is waited for
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // one more than cores: tests wait for servers more than they count. On 2 cores it saves 149 of 802 seconds
    maxWorkers: availableParallelism() + 1,
    // tests make servers with weak secrets and odd mounts by the hundred; those that are about a warning listen for it
    execArgv: ['--disable-warning=DeviceAuthWarning'],
    coverage: {
      enabled: process.env.COVERAGE === 'true',
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text', 'json-summary'],
    },
  },
})
