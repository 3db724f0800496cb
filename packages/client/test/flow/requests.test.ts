import { expect, it } from 'vitest'
import { scene } from './scene.ts'

it('resource, parameters, headers and onRequest apply to the device authorization request and to the polls', async () => {
  const stages: string[] = []
  const { clock, flow, server } = scene(
    {},
    {
      resource: ['https://a.example', 'https://b.example'],
      parameters: { audience: 'x' },
      headers: { 'user-agent': 'tv/1' },
      onRequest: ({ form }, stage) => {
        stages.push(stage)
        form.set('stage', stage)
      },
    },
  )
  await clock.until(flow.run())
  await flow.refreshTokens()
  for (const { form, headers } of [server.codes[0]!, server.polls[0]!]) {
    expect(form.getAll('resource')).toEqual(['https://a.example', 'https://b.example'])
    expect(form.get('audience')).toBe('x')
    expect(form.get('client_id')).toBe('tv')
    expect(headers.get('user-agent')).toBe('tv/1')
  }
  expect(server.refreshes[0]?.form.getAll('resource')).toHaveLength(2)
  expect(stages).toEqual(['authorization', 'token', 'refresh'])
  flow.close()
})
