// npm run clients:docs: writes docs/clients.md. It plays every fault at every stage, with our client and with others.
import { writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { cells, play } from './fault-cells.ts'
import { others, ours } from './fault-clients.ts'
import { renderPage } from './fault-table.ts'

it('docs/clients.md', async () => {
  const outcomes = [ours, ...others].map(async (client) => {
    return [client.name, await Promise.all(cells.map((cell) => play(client, cell)))] as const
  })
  const all = new Map(await Promise.all(outcomes))
  expect(new Set(all.get(ours.name))).toEqual(new Set(['completes']))
  await writeFile(new URL('../docs/clients.md', import.meta.url), renderPage(all))
})
