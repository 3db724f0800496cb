import type { TokenTarget } from '../contract/target.ts'
import type { AccessTokenFormat } from '../contract/tokens.ts'

/**
 * The resource servers that may accept an access token: its resources, or else the default audience of its format.
 *
 * @returns `undefined` if nothing says for whom the token is.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-3 RFC 9068 section 3}
 */
export function audienceOf(
  target: TokenTarget | undefined,
  { audience }: AccessTokenFormat,
): readonly string[] | undefined {
  return target?.resources ?? (typeof audience === 'string' ? [audience] : audience)
}

/** An audience as the member `aud` has it: one text, or a list of several. */
export function audMember(audience: readonly string[]): string | readonly string[] {
  return audience.length === 1 && audience[0] !== undefined ? audience[0] : audience
}
