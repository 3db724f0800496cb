import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Channel, WakeUp } from '../src/wake-up.ts'

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] }),
)
afterEach(() => void vi.useRealTimers())

/** A channel in memory that a test can break. */
function createScene() {
  const state = { opened: 0, closed: 0, refuses: false, isDeaf: false }
  const open = new Set<{ onMessage: (text: string) => void; onLost: () => void }>()
  const channel: Channel = {
    open(onMessage, onLost) {
      state.opened++
      const connection = { onMessage, onLost }
      open.add(connection)
      const close = (): void => {
        state.closed++
        open.delete(connection)
      }
      return { ready: state.refuses ? Promise.reject(new Error('refused')) : Promise.resolve(), close }
    },
    async send(text) {
      if (!state.isDeaf) for (const { onMessage } of open) onMessage(text)
    },
  }
  const cut = (): void => {
    for (const { onLost } of [...open]) onLost()
  }
  const wakeUp = new WakeUp(channel)
  const news: string[] = []
  const watch = (id = 'a') => wakeUp.watch(id, (each) => void news.push(`${id} ${each}`))
  const connect = async (): Promise<void> => {
    watch()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { state, channel, wakeUp, news, watch, connect, cut }
}

describe('WakeUp', () => {
  it('connects with the first watch, once, and tells of the ids that it hears', async () => {
    const { state, channel, news, watch } = createScene()
    expect([watch(), watch()]).toEqual([undefined, undefined])
    await vi.advanceTimersByTimeAsync(0)
    const stop = watch('a')
    watch('b')
    await channel.send('a')
    stop?.()
    await channel.send('a')
    expect(news).toEqual(['a changed'])
    expect(state).toMatchObject({ opened: 1, closed: 0 })
  })

  it('a connection that is lost tells everybody once, and is made anew with a later watch', async () => {
    const { state, news, watch, connect, cut } = createScene()
    await connect()
    watch('a')
    watch('b')
    cut()
    cut()
    expect(news).toEqual(['a down', 'b down'])
    expect(watch()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(500)
    expect(state).toMatchObject({ opened: 1, closed: 1 })
    await connect()
    expect(watch()).toBeTypeOf('function')
    expect(state).toMatchObject({ opened: 2, closed: 1 })
  })

  it('a connection on which nothing arrives is never taken for a good one: a pooler forgets LISTEN', async () => {
    const { state, watch } = createScene()
    state.isDeaf = true
    watch()
    await vi.advanceTimersByTimeAsync(1_999)
    expect(watch()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(watch()).toBeUndefined()
    expect(state).toMatchObject({ opened: 1, closed: 1 })
  })

  it('a connection that goes silent while somebody waits is found out within seven seconds', async () => {
    const { state, news, watch, connect } = createScene()
    await connect()
    watch()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(news).toEqual([])
    state.isDeaf = true
    await vi.advanceTimersByTimeAsync(7_000)
    expect(news).toEqual(['a down'])
  })

  it('a database that refuses is asked more and more rarely, up to every 30 seconds', async () => {
    const { state, watch } = createScene()
    state.refuses = true
    for (let i = 0; i < 600; i++) {
      watch()
      await vi.advanceTimersByTimeAsync(100)
    }
    // after 0.5, 1, 2, 4, 8, 16 and 30 seconds
    expect(state.opened).toBe(7)
    expect(state.closed).toBe(7)
  })

  it('close ends the connection, tells everybody, and makes no other one', async () => {
    const { state, wakeUp, news, watch, connect } = createScene()
    await connect()
    watch()
    wakeUp.close()
    expect(news).toEqual(['a down'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(watch()).toBeUndefined()
    expect(state).toMatchObject({ opened: 1, closed: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })
})
