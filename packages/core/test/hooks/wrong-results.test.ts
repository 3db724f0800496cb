// A hook of an application in JavaScript returns something of a wrong type: the server refuses, and says why.
import { expect, it } from 'vitest'
import type { ErrorContext } from '../../src/contract/hook-arguments.ts'
import type { HookName } from '../../src/contract/hooks.ts'
import { DeviceAuthHooks } from '../../src/hooks/default.ts'
import { basic, confSecret, createTestServer } from '../server.ts'

const headers = basic('conf', confSecret)

/** Asks for codes, has them approved, and polls, with one hook that returns `result`; returns what was reported. */
async function signIn(name: HookName, result: unknown): Promise<{ answers: string[]; reports: string[] }> {
  const reports: string[] = []
  const onError = (error: unknown, { endpoint }: ErrorContext): void => void reports.push(`${endpoint}: ${error}`)
  const server = createTestServer({ hooks: Object.assign(new DeviceAuthHooks(), { onError, [name]: () => result }) })
  const asked = await server.post('/device_authorization', {}, { headers })
  const { device_code = '', user_code = '' } = JSON.parse(asked.body)
  const answers = [String(asked.status)]
  if (asked.status === 200) {
    if (name !== 'shouldSlowDown') await server.deviceAuth.approve(user_code, { subject: 'alice' })
    const polled = await server.poll(device_code, {}, { headers })
    answers.push(JSON.parse(polled.body).error ?? 'token')
  }
  return { answers, reports }
}

const wrong = [
  { result: 1, given: 'a value of the type number' },
  { result: 'yes', given: 'a value of the type string' },
  { result: {}, given: 'a value of the type object' },
]
const nothing = [
  { result: undefined, given: 'undefined' },
  { result: null, given: 'null' },
]

it.each([...nothing, ...wrong])(
  'true or false is expected of a hook that decides, not $given',
  async ({ result, given }) => {
    const reported = (name: HookName): string =>
      `hooks: TypeError: Device Auth: the hook \`${name}\` returned ${given}; it must return true or false.`
    for (const name of ['isUserActive', 'beforeIssue'] as const) {
      expect(await signIn(name, result)).toEqual({
        answers: ['200', 'access_denied'],
        reports: [`${reported(name)} Until then it refuses.`],
      })
    }
    expect(await signIn('verifyClientSecret', result)).toEqual({
      answers: ['401'],
      reports: [`${reported('verifyClientSecret')} Until then it refuses.`],
    })
    expect((await signIn('shouldSlowDown', result)).reports).toEqual([reported('shouldSlowDown')])
  },
)

it.each(wrong)('a record or nothing is expected of a hook that finds one, not $given', async ({ result, given }) => {
  expect((await signIn('authenticateClient', result)).reports).toEqual([
    `hooks: TypeError: Device Auth: the hook \`authenticateClient\` returned ${given}; it must return a client with \`client_id\`, or undefined. Until then it refuses.`,
  ])
  expect(await signIn('queryDeviceCredential', result)).toEqual({
    answers: ['200', 'invalid_grant'],
    reports: [
      `hooks: TypeError: Device Auth: the hook \`queryDeviceCredential\` returned ${given}; it must return a DeviceCredential with \`clientId\`, or undefined. Until then it refuses.`,
    ],
  })
})

it.each(nothing)('a hook that finds no record returns $given, of which nobody is told', async ({ result }) => {
  expect(await signIn('authenticateClient', result)).toEqual({ answers: ['401'], reports: [] })
  expect(await signIn('queryDeviceCredential', result)).toEqual({ answers: ['200', 'invalid_grant'], reports: [] })
})

it('a promise is looked at when it is there', async () => {
  const { reports } = await signIn('beforeIssue', Promise.resolve(1))
  expect(reports).toEqual([expect.stringContaining('the hook `beforeIssue` returned a value of the type number')])
  expect((await signIn('beforeIssue', Promise.resolve(true))).answers).toEqual(['200', 'token'])
})

it.each([undefined, null, 7, {}, ''])('renderPage returns %o: the report names the hook', async (result) => {
  const reports: unknown[] = []
  const server = createTestServer({
    hooks: Object.assign(new DeviceAuthHooks(), {
      onError: (error: unknown) => void reports.push(error),
      renderPage: () => result,
    }),
  })
  const page = await server.get('/device', { native: { user: { id: 'alice' } } })
  expect(page.status).toBe(500)
  expect(page.body).toContain('<html')
  expect(reports).toEqual([
    expect.objectContaining({
      message: expect.stringContaining('the hook `renderPage` must return the HTML of the page'),
    }),
  ])
})
