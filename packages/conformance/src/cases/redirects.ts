import type { ConformanceContext } from '../case.ts'
import { startDevice } from '../device.ts'
import { check } from '../expect.ts'
import { visit } from '../page.ts'

/** Addresses to which an attacker would like the page to send the user. */
export const openRedirectTargets: readonly string[] = [
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  'https:evil.example',
  '%2f%2fevil.example',
  '/%0d%0aLocation:%20https://evil.example',
  'javascript:alert(1)',
]
const names = ['next', 'return_to', 'redirect_uri', 'redirect', 'url', 'continue'] as const

/** Opens the page with each address in the usual parameters, signed in and not. Fails if it redirects there. */
export async function expectNoOpenRedirect(t: ConformanceContext, targets: readonly string[]): Promise<void> {
  const { verification_uri } = await startDevice(t)
  for (const target of targets) {
    for (const viewer of ['user', 'nobody'] as const) {
      const url = new URL(verification_uri)
      for (const name of names) url.searchParams.set(name, target)
      const response = await visit(t, url.href, {}, viewer)
      const location = response.headers.get('location')
      if (location === null) continue
      const { hostname, protocol } = new URL(location, verification_uri)
      check(!hostname.endsWith('evil.example') && /^https?:$/.test(protocol), `no redirect to ${target}`, response)
    }
  }
}
