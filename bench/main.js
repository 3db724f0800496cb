// All benches, or those that are named. The results of those that compare servers are kept in results/ as JSON, a table and
// charts. Usage: npm run bench [-- NAME ...], with sizes in the environment (settings.js).

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { authlibVersion } from './python.js'
import { writeResults } from './results.js'
import { servers } from './servers.js'
import { settings } from './settings.js'

/** Those with a `script` print their own results, and end with 1 if a bound is missed. */
const benches = [
  { name: 'poll', text: 'CPU of a poll, beside other servers' },
  { name: 'flow', text: 'CPU of a whole sign-in, beside other servers' },
  { name: 'pending', text: 'memory of a pending sign-in, asked for over HTTP' },
  { name: 'sweep', text: 'how long the removal of expired sign-ins holds the event loop' },
  { name: 'trips', text: 'round trips to Redis' },
  { name: 'startup', text: 'CPU of a fresh process until its server is made' },
  { name: 'sizes', text: 'kilobytes of the packages' },
  { name: 'memory', text: 'growth of a poll to a million pending, beside a Map', script: ['memory.js'] },
  { name: 'held', text: 'polls that wait for the decision', script: ['held.js'] },
  { name: 'jwt', text: 'signing of JWT access tokens', script: ['jwt.js'] },
  { name: 'bound', text: 'a poll with a DPoP proof, and a JWT, beside bare calls of jose', script: ['bound.js'] },
  { name: 'overload', text: 'a server at twice its capacity, with a slow database', script: ['overload.js', 'pool'] },
  { name: 'busy', text: 'the same with a slow processor', script: ['overload.js', 'processor'] },
  { name: 'stores', text: 'polls on Redis and PostgreSQL, beside the least handler', script: ['stores.js'] },
  { name: 'million', text: 'polls among a million in databases', script: ['stores-million.js'] },
  { name: 'hour', text: 'an hour of polls in PostgreSQL', script: ['postgres-hour.js'] },
  { name: 'gateway', text: 'ten thousand sign-ins of one client process', script: ['gateway.js'] },
  { name: 'simulated', text: 'the same with a fetch in memory', script: ['gateway-simulated.js'] },
  { name: 'compare', text: 'this checkout beside the one that BASE names', isOnDemand: true },
]

const names = process.argv.slice(2)
const unknown = names.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  const list = benches.map(({ name, text }) => `  ${name.padEnd(10)} ${text}`).join('\n')
  console.error(`There is no bench ${unknown.join(', ')}. There are:\n${list}`)
  process.exit(2)
}

const strange = settings.only?.filter((name) => !servers.some((server) => server.name === name)) ?? []
if (strange.length > 0) {
  const list = servers.map(({ name, title }) => `  ${name.padEnd(14)} ${title}`).join('\n')
  console.error(`ONLY: there is no server ${strange.join(', ')}. There are:\n${list}`)
  process.exit(2)
}

const authlib = authlibVersion()
const present = servers.filter(({ name }) => name !== 'authlib' || authlib !== undefined)
const chosen = present.filter(({ name }) => settings.only?.includes(name) ?? true)
const wanted = benches.filter(({ name, isOnDemand }) =>
  names.length === 0 ? isOnDemand !== true : names.includes(name),
)
const [results, failed] = [{}, []]
for (const [index, { name, text, script }] of wanted.entries()) {
  console.error(`${index + 1} of ${wanted.length}: ${name}, ${text}`)
  if (script !== undefined) {
    const [file, ...args] = script
    const path = fileURLToPath(new URL(file, import.meta.url))
    if (spawnSync(process.execPath, [path, ...args], { stdio: 'inherit' }).status !== 0) failed.push(name)
    continue
  }
  const { run } = await import(`./benches/${name}.js`)
  results[name] = await run(chosen, settings, (line) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K  ${line}`)
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  // after each, so that what is interrupted loses only the rest
  failed.push(...(await writeResults({ results: { [name]: results[name] }, servers: chosen, settings, authlib })))
}
if (failed.length > 0) console.error(`Beyond its bound, or failed: ${failed.join(', ')}`)
process.exit(failed.length === 0 ? 0 : 1)
