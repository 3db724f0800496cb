import type { DeviceCodeStrategyOptions } from '../src/index.ts'
import type { Provider } from './provider.ts'

/** The options of every `DeviceCodeStrategy` here; the provider's clock decides when a poll is due. */
export function signInOptions(
  { issuer, now }: Pick<Provider, 'issuer' | 'now'>,
  more: Partial<DeviceCodeStrategyOptions> = {},
): DeviceCodeStrategyOptions {
  const clock = { now, setTimeout, clearTimeout: (timer: unknown) => clearTimeout(Number(timer)) }
  return {
    issuer,
    clientId: 'web',
    scope: 'profile',
    dangerouslyAllowHttp: true,
    clock,
    ...more,
    passReqToCallback: false,
  }
}
