// Usage: npm run histories -- <store set-up> [--minutes 1] [--seed …] [--users …] [--faults …] [--shrink …] [--file …]
import { parseArgs } from 'node:util'
import { drawPlan } from './draw-plan.ts'
import { groupBy } from './group.ts'
import { check } from './rules.ts'
import { runHistory } from './run.ts'
import { findSetup, setups } from './setups.ts'
import { shrink } from './shrink.ts'
import { summary } from './summary.ts'
import { timeline } from './timeline.ts'

/** The most timelines that are printed: one of each rule comes first. */
const TIMELINES = 6

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Users that begin in a minute. */
    users: { type: 'string', default: '30' },
    /** `everyday`, `harsh`, `none`, or names of faults. */
    faults: { type: 'string', multiple: true, default: ['everyday', 'harsh'] },
    /** Runs that may be spent on a smaller plan; 0: none. */
    shrink: { type: 'string', default: '0' },
    /** The history as lines of JSON. */
    file: { type: 'string' },
  },
})

const [name] = positionals
if (name === undefined) {
  console.error(`Which store set-up? One of ${setups.map((setup) => setup.name).join(', ')}.`)
  process.exit(2)
}
const setup = findSetup(name)
const missing = setup.missing()
if (missing !== undefined) {
  console.error(`${missing} is missing.`)
  process.exit(2)
}

const number = (option: 'minutes' | 'seed' | 'users' | 'shrink'): number => {
  const value = Number(values[option])
  if (!(value >= 0)) throw new RangeError(`--${option} must be a number of 0 or more.`)
  return value
}

const plan = drawPlan(setup, {
  seed: number('seed'),
  seconds: number('minutes') * 60,
  usersPerMinute: number('users'),
  faults: values.faults,
})
console.log(`${name}: seed ${plan.seed}, ${plan.users.length} users, ${plan.faults.length} faults, ${plan.seconds} s`)
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`The history was ended by ${signal}.`)))
}
const { signal } = interrupted
// what is left over after an interruption must not keep this process
signal.addEventListener('abort', () => setTimeout(() => process.exit(130), 10_000).unref())

let history = await runHistory(plan, { signal, ...(values.file === undefined ? {} : { file: values.file }) })
let broken = check(history)
console.log(summary(history, broken))

const [first] = broken
if (first !== undefined && number('shrink') > 0) {
  const breaks = new Map([[plan, history]])
  const smaller = await shrink(
    plan,
    async (some) => {
      const again = await runHistory(some, { signal })
      breaks.set(some, again)
      const fails = check(again).some(({ rule }) => rule.id === first.rule.id)
      console.log(`${some.faults.length} faults, ${some.users.length} users: ${fails ? 'fails too' : 'holds'}`)
      return fails
    },
    { runs: number('shrink') },
  )
  history = breaks.get(smaller) ?? history
  broken = check(history)
  console.log(`The smallest plan that fails: ${JSON.stringify(smaller)}`)
}

const ofEachRule = [...groupBy(broken, ({ rule }) => rule.id).values()].map(([one]) => one!)
for (const one of [...ofEachRule, ...broken.filter((other) => !ofEachRule.includes(other))].slice(0, TIMELINES)) {
  console.log(`\n${timeline(history, one)}`)
}
process.exitCode = broken.length > 0 ? 1 : 0
// everything has ended by now; a connection or a process that is left over is a mistake of the checker, and must not keep it
setTimeout(() => {
  console.error(`The checker did not end by itself. Left over: ${process.getActiveResourcesInfo().join(', ')}.`)
  process.exit()
}, 10_000).unref()
