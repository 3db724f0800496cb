// docs/clients.md: our part is run again, twenty times as fast; for the other clients, the versions are checked.
import { readFile } from 'node:fs/promises'
import { listen, ScriptedServer, standard } from '@device-auth/client/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { fastClock } from './fast-clock.ts'
import { cells, play } from './fault-cells.ts'
import { others, ours } from './fault-clients.ts'
import { headingOf, renderClient } from './fault-table.ts'

let page = ''
beforeAll(async () => {
  page = await readFile(new URL('../docs/clients.md', import.meta.url), 'utf8')
})

it('our client completes in every cell, over HTTP, and the page says so', async () => {
  const clock = fastClock()
  const outcomes = await Promise.all(cells.map((cell) => play(ours, cell, clock)))
  expect(cells.filter((_, index) => outcomes[index] !== 'completes')).toEqual([])
  expect(page).toContain(renderClient(ours.name, outcomes))
}, 120_000)

describe.each(others)('$name', (client) => {
  it('signs in without faults', async () => {
    const behavior = client.behavior ?? standard
    const server = new ScriptedServer({ behavior, interval: 1, approvesAfter: 0.5 })
    const listening = await listen(server)
    await client.signIn(listening, undefined)
    expect(server.polls.length).toBeGreaterThan(0)
    await listening.close()
  })

  it('is on the page with the installed version and all faults (update: npm run clients:docs)', () => {
    const section = page.slice(page.indexOf(`${headingOf(client.name)}\n`)).split('\n## ')[0] ?? ''
    expect(page).toContain(headingOf(client.name))
    for (const { fault } of cells) expect(section).toContain(`\n| ${fault} |`)
    expect(section).toContain(`of ${cells.length} cells`)
  })
})
