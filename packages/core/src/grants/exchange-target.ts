import type { ServerContext } from '../contract/context.ts'
import type { TokenRequest } from '../contract/hook-arguments.ts'
import type { TokenTarget } from '../contract/target.ts'
import { OAuthError } from '../errors.ts'
import { tokenTarget } from '../policy/token-target.ts'
import { audienceOf } from '../tokens/audience.ts'

/**
 * The resources and details of a token that is exchanged for another: some of its own. A request names the resource servers by
 * `resource` or by `audience`, both of which may be repeated.
 *
 * @param own - The target of the token that is exchanged.
 * @param granted - The target that the user granted. Without resources in it, those of a token are a part of the default audience,
 *   which the option `resources` knows nothing of.
 * @throws {OAuthError} `invalid_target` or `invalid_authorization_details` if the request asks for more.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 section 2.1}
 */
export async function narrowTarget<Native>(
  own: TokenTarget | undefined,
  granted: TokenTarget | undefined,
  tokenRequest: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<TokenTarget | undefined> {
  const ofAudience = granted?.resources === undefined ? await ofDefault(own, tokenRequest, context) : undefined
  const kept = ofAudience ?? (await tokenTarget(own, tokenRequest, context))
  const { form } = tokenRequest.request
  const [audiences, resources] = [namesIn(form, 'audience'), namesIn(form, 'resource')]
  // a server without the option `resources` has read no `resource` so far, and ignoring it would give a token that is no narrower
  const asked = audiences.length === 0 && context.options.resources === undefined ? resources : audiences
  if (asked.length === 0) return kept
  if (audiences.length > 0 && resources.length > 0)
    throw new OAuthError('invalid_target', 'Name the resource servers by resource or by audience, not by both.')
  const allowed = audienceOf(kept, context.options.accessToken)
  if (asked.every((audience) => allowed?.includes(audience) === true)) return { ...kept, resources: asked }
  throw new OAuthError('invalid_target', 'subject_token is not for this audience.')
}

/** The values of a parameter that may be repeated, each once. */
function namesIn(form: URLSearchParams, parameter: string): readonly string[] {
  return [...new Set(form.getAll(parameter))].filter((name) => name !== '')
}

/** The target of a token that has a part of the default audience; `undefined` if it has all of it. */
async function ofDefault<Native>(
  own: TokenTarget | undefined,
  tokenRequest: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<TokenTarget | undefined> {
  if (own?.resources === undefined) return undefined
  const { resources, ...others } = own
  return { ...(await tokenTarget(others, tokenRequest, context)), resources }
}
