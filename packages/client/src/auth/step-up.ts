/** The options of a new sign-in that a resource asks for. */
export interface StepUp {
  /** `acr_values` and `max_age`, as far as the challenge has them. */
  readonly parameters: Readonly<Record<string, string>>
  /** The scopes that the resource needs, separated by spaces. Missing when the challenge does not say. */
  readonly scope?: string
}

/**
 * Reads the challenge of an API for which the user did not log in recently or strongly enough. A new sign-in with its options gives a token
 * that suffices; refreshing the old one does not help.
 *
 * @param response - The response of the API, or the value of its header `WWW-Authenticate`.
 * @returns `undefined` for a response without such a challenge.
 * @example
 * const { parameters } = readStepUp(response) ?? {}
 * if (parameters !== undefined) await authenticate(issuer, { ...options, parameters, force: true })
 * @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-4 RFC 9470 section 4}
 */
export function readStepUp(response: Response | string): StepUp | undefined {
  const challenge = typeof response === 'string' ? response : (response.headers.get('www-authenticate') ?? '')
  const found = new Map<string, string>()
  // quoted texts are read as a whole, so that no parameter is found within one
  for (const [, name = '', quoted, plain = ''] of challenge.matchAll(
    /(?<![\w-])([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g,
  ))
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain)
  if (found.get('error') !== 'insufficient_user_authentication') return undefined
  const scope = found.get('scope')
  const asked = ['acr_values', 'max_age'].flatMap((name) => (found.has(name) ? [[name, found.get(name) ?? '']] : []))
  return { parameters: Object.fromEntries(asked), ...(scope === undefined ? {} : { scope }) }
}
