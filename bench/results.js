// Keeps the results: one JSON file for each bench, with machine, versions and settings; a table of all of them, with the
// bounds beside the figures; and charts.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'
import { chartOf } from './charts.js'
import { median, ratioOf } from './interleave.js'
import { isPinned } from './processes.js'
import { targets } from './targets.js'

const folder = new URL('results/', import.meta.url)
const packages = ['express', 'express4', 'koa', 'fastify', '@nestjs/core', 'oidc-provider', 'better-auth']

function versions(authlib) {
  const { resolve } = createRequire(import.meta.url)
  const found = packages.map((name) => {
    const folders = resolve.paths(name).map((path) => `${path}/${name}/package.json`)
    return [name, JSON.parse(readFileSync(folders.find(existsSync), 'utf8')).version]
  })
  return { node: process.version, ...Object.fromEntries(found), authlib }
}

function machine() {
  return {
    processor: cpus()[0].model,
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    isPinned,
  }
}

/** Writes the results of one bench, then table and charts of all that are kept; returns the targets that it missed. */
export async function writeResults({ results, servers, settings, authlib }) {
  mkdirSync(folder, { recursive: true })
  const titles = Object.fromEntries(servers.map(({ name, title }) => [name, title]))
  for (const [bench, values] of Object.entries(results)) {
    const date = new Date().toISOString().slice(0, 10)
    const kept = { bench, date, machine: machine(), versions: versions(authlib), settings, titles, values }
    writeFileSync(new URL(`${bench}.json`, folder), `${JSON.stringify(kept, undefined, 2)}\n`)
    const chart = chartOf(kept)
    if (chart !== undefined) writeFileSync(new URL(`${bench}.svg`, folder), chart)
  }
  const all = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const kept = all.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  const table = tableOf(Object.fromEntries(kept.map((one) => [one.bench, one])))
  writeFileSync(new URL('README.md', folder), table)
  const judged = targets.map((target) => judge(results, target)).filter((one) => one !== undefined)
  for (const { text, shown, isMet } of judged) console.log(`${isMet ? 'ok    ' : 'MISSED'} ${text}: ${shown}`)
  return judged.filter(({ isMet }) => !isMet).map(({ text }) => text)
}

/** A target beside its figure; `undefined` if it was not measured. */
function judge(results, { bench, figure, of, to, unit, atMost, missed = '' }) {
  const values = results[bench]?.[of]?.[figure]
  const others = to === undefined ? undefined : results[bench]?.[to]?.[figure]
  if (values === undefined || (to !== undefined && others === undefined)) return undefined
  if (others === undefined) {
    const value = median(values)
    const shown = `${format(value)} ${unit} (at most ${atMost})`
    return { text: `${figure}, ${of}`, shown, isMet: value <= atMost, missed }
  }
  const { ratio, from, to: until } = ratioOf(values, others)
  const shown = `${ratio.toFixed(2)}, single starts ${from.toFixed(2)} to ${until.toFixed(2)} (at most ${atMost})`
  return { text: `${figure}, ${of} to ${to}`, shown, isMet: ratio <= atMost, missed }
}

const format = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0)).replace(/\.0$/, '')

function tableOf(kept) {
  const judged = targets.map((target) => judge(valuesOf(kept), target)).filter((one) => one !== undefined)
  const bounds = judged.map(
    ({ text, shown, isMet, missed }) => `| ${text} | ${shown} | ${isMet ? 'met' : `**missed**: ${missed}`} |`,
  )
  const sections = Object.values(kept).map(sectionOf)
  return `# Results

Written by \`npm run bench\`: do not edit. Each server and the load are processes of their own, and all servers take turns in each
round. Microseconds are of the server's processor. They depend on the machine and on what else it does, so only the ratios within
one table say something, and only as far as their spread allows.

| bound | measured | |
|---|---|---|
${bounds.join('\n')}

${sections.join('\n\n')}
`
}

const valuesOf = (kept) => Object.fromEntries(Object.entries(kept).map(([bench, { values }]) => [bench, values]))

function sectionOf({ bench, date, machine, versions, settings, titles, values }) {
  const figures = Object.keys(Object.values(values)[0])
  const rows = Object.entries(values).map(([name, own]) => {
    const cells = figures.map((figure) => cellOf(own[figure]))
    return `| ${titles[name] ?? name} | ${cells.join(' | ')} |`
  })
  const { starts, rounds, polls, flows, codes, seed } = settings
  const used = Object.entries(versions).filter(([, version]) => version !== undefined)
  return `## ${bench}

\`npm run bench -- ${bench}\` on ${date}: ${machine.processor}, ${machine.cores} cores, ${machine.memory}; ${used.map((one) => one.join(' ')).join(', ')}.
${starts} starts, ${rounds} rounds, ${polls} polls or ${flows} sign-ins in each, ${codes} pending, seed ${seed}. Medians of the starts, and in brackets the least and the most.

| | ${figures.join(' | ')} |
|---|${figures.map(() => '---|').join('')}
${rows.join('\n')}`
}

function cellOf(values) {
  if (values.length === 1) return format(values[0])
  return `${format(median(values))} (${format(Math.min(...values))} to ${format(Math.max(...values))})`
}
