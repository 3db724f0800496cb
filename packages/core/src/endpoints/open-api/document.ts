import type { OpenApiDocument, OpenApiMethod, OpenApiOperation } from '../../contract/open-api.ts'
import type { ResolvedOptions } from '../../contract/resolved-options.ts'
import { type Described, securitySchemes } from './operation.ts'
import { operationsOf } from './operations.ts'
import { failure } from './schemas.ts'

/** The routes of a server, as far as the document has to know them. */
interface Served {
  readonly grantTypes: readonly string[]
  has(method: string, path: string): boolean
}

/**
 * The OpenAPI document of the endpoints that are on. The pages and the paths of `compatibility` are not in it.
 * @see {@link https://spec.openapis.org/oas/v3.0.3#openapi-object OpenAPI 3.0, OpenAPI object}
 */
export function openApiDocument<Native>(
  { issuer, paths: pathsByName }: Pick<ResolvedOptions<Native>, 'issuer' | 'paths'>,
  served: Served,
): OpenApiDocument {
  const paths: Record<string, Partial<Record<OpenApiMethod, OpenApiOperation>>> = {}
  for (const [name, operations] of Object.entries(operationsOf(served.grantTypes))) {
    const path = pathsByName[name as keyof typeof pathsByName]
    const on = Object.entries(operations).filter(
      ([method]) => typeof path === 'string' && served.has(method.toUpperCase(), path),
    )
    if (on.length === 0) continue
    const isOne = Object.keys(operations).length === 1
    const named = on.map(([method, operation]) => [
      method,
      {
        operationId: `deviceAuth_${name}${isOne ? '' : `_${method}`}`,
        tags: ['Device Auth'],
        ...withBodyRefusals(operation),
      },
    ])
    paths[String(path)] = Object.fromEntries(named)
  }
  return {
    openapi: '3.0.3',
    info: { title: 'Device sign-in', version: '1' },
    servers: [{ url: issuer }],
    paths,
    components: { securitySchemes },
  }
}

/** The answers to bodies that are refused before the endpoint is asked. */
const bodyRefusals = {
  413: failure('The body is larger than 16 KiB.'),
  415: failure('The body is compressed, or of another type.'),
}

function withBodyRefusals(operation: Described): Described {
  if (operation.requestBody === undefined) return operation
  return { ...operation, responses: { ...operation.responses, ...bodyRefusals } }
}
