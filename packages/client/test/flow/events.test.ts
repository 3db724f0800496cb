import { describe, expect, it } from 'vitest'
import { pending } from '../fixtures.ts'
import { scene, tokensWith } from './scene.ts'

describe('the iterator of a flow', () => {
  it('has the events in order and ends with the sign-in', async () => {
    const { clock, flow } = scene({ polls: [pending, tokensWith({})] })
    const types: string[] = []
    const loop = (async () => {
      for await (const { type } of flow) if (!type.endsWith('Changed')) types.push(type)
    })()
    await clock.until(loop)
    expect(types).toEqual(['authorizeWithUserCode', 'poll', 'poll', 'granted'])
    flow.close()
  })

  it('pauses the polls when the loop is left', async () => {
    const { clock, flow, server } = scene({ polls: [pending] })
    const loop = (async () => {
      for await (const { type } of flow) if (type === 'poll') break
    })()
    await clock.until(loop)
    await clock.advance(60)
    expect(flow.isPolling).toBe(false)
    expect(server.polls).toHaveLength(0)
  })
})
