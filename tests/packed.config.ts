// The tests of the public behaviour on what is published: npm's tarballs of all packages, built and unpacked.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { pathWithPostgres } from './embedded-postgres.ts'
import { MissingReporter } from './missing-reporter.ts'
import { nestMajors } from './nest-majors.ts'
import { packedExamples, packedPackages } from './packed.ts'

export default defineConfig({
  plugins: [packedPackages(), nestMajors()],
  test: {
    include: [
      'packages/*/test/contract.test.ts',
      'packages/client/test/fault-matrix.test.ts',
      'packages/passport/test/*.test.ts',
      'tests/openid.test.ts',
      'tests/adapters.test.ts',
      'tests/cluster.test.ts',
      'tests/conformance.test.ts',
      'tests/examples.test.ts',
      'tests/installers.test.ts',
      'tests/packed-control.test.ts',
    ],
    reporters: ['default', new MissingReporter()],
    env: { PATH: pathWithPostgres(), EXAMPLES: packedExamples },
    globalSetup: fileURLToPath(new URL('packed.ts', import.meta.url)),
    // the module of Nest has to import the major version that is tested
    server: { deps: { inline: [/packed\/node_modules\/@device-auth\/(nest|passport)\//] } },
    // a busy machine may stop a process for seconds: these only bound how long a test that hangs is waited for
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: '100%',
    execArgv: ['--disable-warning=DeviceAuthWarning'],
  },
})
