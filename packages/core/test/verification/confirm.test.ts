import { describe, expect, it } from 'vitest'
import type { AuthorizationDetail } from '../../src/contract/target.ts'
import { alice, createPageServer } from './visitor.ts'

const photos = 'https://photos.example/'
const details = JSON.stringify([{ type: 'payment', amount: '<b>12</b> EUR' }])
const payment = { validate: () => true, describe: ({ amount }: AuthorizationDetail) => `Pay ${amount}` }

describe('the confirm page', () => {
  it.each([[true], [false]])(
    '8707-x 9396-3-1 has the words for resources and details after the scopes (%j)',
    async (narrowScopes) => {
      const resources = { [photos]: 'See your <photos>', 'https://quiet.example/': '' }
      const server = createPageServer({ resources, authorizationDetails: { payment }, pages: { narrowScopes } })
      const codes = await server.start([
        ['client_id', 'tv'],
        ['scope', 'profile'],
        ['resource', photos],
        ['resource', 'https://quiet.example/'],
        ['authorization_details', details],
      ])
      const visitor = server.visit(alice)
      const { body } = await visitor.get(await visitor.enter(codes.user_code))
      expect(body).toMatch(/See your name[\s\S]*See your [\s\S]*photos[\s\S]*Pay [\s\S]*12/)
      expect(body).not.toContain('quiet.example')
      expect(body).not.toContain('<photos>')
      expect(body).not.toContain('<b>12')
    },
  )

  it('9396-3-1 shows long words to their end, and is not shown if they are longer than anybody reads', async () => {
    const pageWith = async (words: string) => {
      const authorizationDetails = { payment: { ...payment, describe: () => words } }
      const server = createPageServer({ authorizationDetails })
      const codes = await server.start({ client_id: 'tv', authorization_details: details })
      const visitor = server.visit(alice)
      return visitor.get(await visitor.enter(codes.user_code))
    }
    expect((await pageWith(`${'x'.repeat(490)} EUR 99999`)).body).toContain('EUR 99999')
    expect((await pageWith('x'.repeat(501))).status).toBe(500)
  })

  it('9396-3-1 is not shown if a detail has no words: nobody approves what they do not see', async () => {
    const authorizationDetails = { payment: { ...payment, describe: () => '' } }
    const server = createPageServer({ authorizationDetails })
    const codes = await server.start({ client_id: 'tv', authorization_details: details })
    const visitor = server.visit(alice)
    const page = await visitor.get(await visitor.enter(codes.user_code))
    expect(page.status).toBe(500)
    expect(String(server.failures[0])).toContain('must describe each detail of type payment')
  })
})
