// This checkout beside another one, such as the last release: BASE names its folder. Both have to be built, and to have this
// bench/. It measures polls in memory and on Redis, and the whole flow.

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startRedis } from '../databases.js'
import { run as runFlow } from './flow.js'
import { run as runPoll } from './poll.js'

export async function run(_servers, settings, progress) {
  if (process.env.BASE === undefined) throw new Error('BASE has to name the folder of the other checkout.')
  const folder = pathToFileURL(`${resolve(process.env.BASE)}/bench/`).href
  const redis = await startRedis()
  const pair = (module, kind, prefix = '') => [
    { name: `${prefix}base`, module, kind, folder, env: { REDIS_URL: redis.url } },
    { name: `${prefix}now`, module, kind, env: { REDIS_URL: redis.url } },
  ]
  const polls = await runPoll([...pair('node', 'ours'), ...pair('redis-store', 'start', 'redis ')], settings, progress)
  const flows = await runFlow(pair('node', 'ours'), settings, progress)
  redis.stop()
  for (const [name, figures] of Object.entries(flows)) Object.assign(polls[name], figures)
  return polls
}
