import { type Endpoint, jsonResponse, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { asFormRequest } from '../json-body.ts'
import type { DeviceAuthorizationResponse } from '../protocol.ts'
import type { Dialect } from './dialect.ts'

/** The token endpoint that also understands these dialects. Without any it is the endpoint itself. */
export function understand<Native>(endpoint: Endpoint<Native>, dialects: readonly Dialect[]): Endpoint<Native> {
  const grantTypes = new Map(dialects.flatMap((dialect) => Object.entries(dialect.grantTypes ?? {})))
  const names = new Map(dialects.flatMap((dialect) => Object.entries(dialect.tokenParameters ?? {})))
  const understood = readJson(endpoint, dialects)
  if (grantTypes.size === 0) return understood
  const translated: Endpoint<Native> = (request) => {
    const grantType = grantTypes.get(request.form.get('grant_type') ?? '')
    return understood(
      grantType === undefined ? request : { ...request, form: translate(request.form, grantType, names) },
    )
  }
  return Object.assign(translated, { readsJson: understood.readsJson })
}

/** The form with the names of this server. A repeated parameter stays repeated, so that it is refused. */
function translate(form: URLSearchParams, grantType: string, names: ReadonlyMap<string, string>): URLSearchParams {
  const translated = new URLSearchParams()
  form.forEach((value, name) => {
    translated.append(names.get(name) ?? name, name === 'grant_type' ? grantType : value)
  })
  return translated
}

/** The device authorization endpoint that speaks these dialects. Without any it is the endpoint itself. */
export function describe<Native>(endpoint: Endpoint<Native>, dialects: readonly Dialect[]): Endpoint<Native> {
  const understood = readJson(endpoint, dialects)
  const describers = dialects.flatMap(({ describeCodes }) => (describeCodes === undefined ? [] : [describeCodes]))
  if (describers.length === 0) return understood
  const described: Endpoint<Native> = async (request) => {
    const response = await understood(request)
    if (response.status !== 200) return response
    const codes = JSON.parse(response.body) as DeviceAuthorizationResponse
    return jsonResponse(200, Object.assign({}, ...describers.map((describeCodes) => describeCodes(codes)), codes))
  }
  return Object.assign(described, { readsJson: understood.readsJson })
}

/**
 * An endpoint at a path of a dialect: its errors and its tokens are those of the dialect.
 *
 * @param refreshTokenExpiresIn - Seconds; `undefined` if there are no refresh tokens.
 */
export function atOwnPath<Native>(
  endpoint: Endpoint<Native>,
  { errors, describeTokens }: Dialect,
  refreshTokenExpiresIn: number | undefined,
): Endpoint<Native> {
  if (errors === undefined && describeTokens === undefined) return endpoint
  const spoken: Endpoint<Native> = async (request) => {
    const response = await endpoint(request)
    if (response.status === 400 && errors !== undefined) return translateError(response, errors)
    const content: object = response.status === 200 ? JSON.parse(response.body) : {}
    if (refreshTokenExpiresIn === undefined || !('refresh_token' in content)) return response
    return jsonResponse(200, { ...describeTokens?.(refreshTokenExpiresIn), ...content })
  }
  return Object.assign(spoken, { readsJson: endpoint.readsJson })
}

function translateError(response: OAuthResponse, { status, names }: NonNullable<Dialect['errors']>): OAuthResponse {
  const content = JSON.parse(response.body) as { readonly error: string }
  const error = names !== undefined && Object.hasOwn(names, content.error) ? names[content.error] : content.error
  return jsonResponse(status ?? response.status, { ...content, error })
}

function readJson<Native>(endpoint: Endpoint<Native>, dialects: readonly Dialect[]): Endpoint<Native> {
  if (!dialects.some(({ json }) => json)) return endpoint
  const reading = (request: OAuthRequest<Native>): Promise<OAuthResponse> => endpoint(asFormRequest(request))
  return Object.assign(reading, { readsJson: true as const })
}
