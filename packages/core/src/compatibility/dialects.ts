import { betterAuth } from './better-auth.ts'
import type { Dialect } from './dialect.ts'
import { entra } from './entra.ts'
import { github } from './github.ts'
import { googleLegacy } from './google-legacy.ts'
import { json } from './json.ts'

/** The dialects by the names that the option `compatibility` has for them. */
export const dialects = {
  'better-auth': betterAuth,
  entra,
  github,
  'google-legacy': googleLegacy,
  json,
} as const satisfies Readonly<Record<string, Dialect>>

/** A name of the option `compatibility`. */
export type DialectName = keyof typeof dialects

/** The dialects of these names. */
export function dialectsOf(names: readonly DialectName[]): readonly Dialect[] {
  return names.map((name) => dialects[name])
}

/**
 * The paths that these dialects add, by a name for each: for a framework whose routes are made before the server is.
 *
 * @returns An empty object without dialects.
 */
export function compatibilityPaths(names: readonly DialectName[] = []): Readonly<Record<string, string>> {
  const paths = dialectsOf(names).flatMap((dialect) => [
    ...(dialect.deviceAuthorizationPaths ?? []),
    ...(dialect.tokenPaths ?? []),
    ...(dialect.metadataPaths ?? []),
    ...Object.keys(dialect.documents ?? {}),
  ])
  return Object.fromEntries([...new Set(paths)].map((path) => [`compatibility:${path}`, path]))
}
