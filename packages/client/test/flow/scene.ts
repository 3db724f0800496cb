import { DeviceFlow, type DeviceFlowOptions, type FlowEvents } from '../../src/index.ts'
import { FakeClock, type ScriptedServer } from '../../src/testing/index.ts'
import { issuer, type Scripts, scripted } from '../fixtures.ts'

/** A flow with a scripted server, and the events that it has emitted. */
export interface Scene {
  readonly clock: FakeClock
  readonly server: ScriptedServer
  readonly options: DeviceFlowOptions
  readonly flow: DeviceFlow
  readonly events: [keyof FlowEvents, unknown][]
}

export function scene(scripts: Scripts = {}, more: Partial<DeviceFlowOptions> = {}): Scene {
  const clock = new FakeClock()
  const server = scripted(clock, scripts)
  const options: DeviceFlowOptions = {
    deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
    tokenEndpoint: `${issuer}/token`,
    clientId: 'tv',
    scope: 'profile',
    fetch: server.fetch,
    clock,
    random: () => 0,
    ...more,
  }
  const flow = new DeviceFlow(options)
  return { clock, server, options, flow, events: listen(flow) }
}

function listen(flow: DeviceFlow): [keyof FlowEvents, unknown][] {
  const events: [keyof FlowEvents, unknown][] = []
  flow.onAny((type, detail) => events.push([type, detail]))
  return events
}

/** The details of the events of one name. */
export const named = (events: Scene['events'], name: keyof FlowEvents): unknown[] =>
  events.filter(([type]) => type === name).map(([, detail]) => detail)

/** A token response; more members replace its own. */
export function tokensWith(more: object): { readonly json: object } {
  return { json: { access_token: 'at-secret', expires_in: 3600, refresh_token: 'rt-secret', ...more } }
}
