// Prints the names and files of all tests as JSON, in one line, without running them. `vitest list` leaves out the skipped ones.
import { createVitest } from 'vitest/node'

// nothing runs, so the files may share their modules: that takes a quarter of the time
const vitest = await createVitest('test', { watch: false, globalSetup: [], isolate: false })
const { testModules, unhandledErrors } = await vitest.collect()
const errors = [...unhandledErrors, ...testModules.flatMap((module) => module.errors())]
const tests = testModules.flatMap((module) =>
  [...module.children.allTests()].map(({ fullName }) => ({ name: fullName, file: module.relativeModuleId })),
)
await vitest.close()
for (const error of errors) console.error(error)
if (errors.length > 0) process.exit(1)
// what tests have imported may keep the process alive
process.stdout.write(`\n${JSON.stringify(tests)}\n`, () => process.exit())
