import type { RequestListener } from 'node:http'
import type { OAuthRequest } from '../../http.ts'
import type { ContractCase } from '../contract-case.ts'
import { bodyCases } from './body-cases.ts'
import { echoDeviceAuth } from './echo.ts'
import { formCases } from './form-cases.ts'
import { connectionCases, headCases } from './head-cases.ts'
import { jsonCases } from './json-cases.ts'
import { metadataCases } from './metadata-cases.ts'
import { AdapterScene, type MountAdapter } from './scene.ts'
import { textCases } from './text-cases.ts'
import { listen } from './wire.ts'

/** Options of {@link adapterContract}. */
export interface AdapterContractOptions {
  /** The mount point of the endpoints: `/oauth`. Default: the root. */
  readonly prefix?: string
  /**
   * True if a body parser in front reads forms before the adapter. Bytes and limits are the parser's then: cases about
   * them are left out or expect only that nothing wrong gets through. @default false
   */
  readonly parsed?: boolean
  /**
   * True if a body parser in front reads JSON before the adapter. It keeps one of two members with the same name, and
   * answers some malformed bodies itself, so the cases expect less. @default false
   */
  readonly parsedJson?: boolean
  /** True if `mount` also serves the paths of the metadata at the root of the host. @default false */
  readonly atRoot?: boolean
}

/**
 * The adapter contract as cases for any test runner. Each case listens on a port of the loopback address, speaks HTTP to
 * the adapter and closes the port. The cases share one mounted adapter, so run them one after another.
 *
 * @param mount - Puts the given server behind node:http by the adapter, as an application does. Called once for all
 *   cases, and again by the case about cookies: then the application must set `cookie`, a Set-Cookie value, on every
 *   response. An adapter that makes its routes before the server has to make those of `compatibility: ['github']` too.
 *
 * @example
 * const mount = (deviceAuth) => express().use('/oauth', myRouter(deviceAuth))
 * for (const { name, run } of adapterContract(mount, { prefix: '/oauth' })) test(name, run)
 */
export function adapterContract<Native>(
  mount: MountAdapter<Native>,
  { prefix = '', parsed = false, parsedJson = false, atRoot = false }: AdapterContractOptions = {},
): readonly ContractCase[] {
  const seen: OAuthRequest<Native>[] = []
  let mounted: Promise<RequestListener> | undefined
  const cases = [
    ...formCases,
    ...bodyCases,
    ...textCases,
    ...jsonCases,
    ...metadataCases,
    ...headCases,
    ...connectionCases,
  ]
  return cases
    .filter(({ unparsed }) => !(unparsed && parsed))
    .map(({ name, check }) => ({
      name,
      run: async () => {
        mounted ??= Promise.resolve(mount(echoDeviceAuth(seen), undefined))
        seen.length = 0
        const listening = await listen(await mounted)
        try {
          await check(new AdapterScene({ prefix, parsed, parsedJson, atRoot, seen, listening }, mount))
        } finally {
          await listening.close()
        }
      },
    }))
}
