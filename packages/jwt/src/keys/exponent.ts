/**
 * True for the public exponent of an RSA key that costs little: nearly all keys have `AQAB`. With one as long as the modulus, each check
 * of a signature takes twenty times as long, whoever made the key.
 *
 * @param e - The member `e` of a JWK; `undefined` for keys of other types.
 */
export function isCheapExponent(e: unknown): boolean {
  return typeof e !== 'string' || e.length <= 6
}
