const secrets = /^(?:deviceCode|accessToken|refreshToken|idToken|headers|raw)$/

/**
 * Hides the secrets of an object from `console.log`, `JSON.stringify` and `String()`. Its members can still be read.
 *
 * @returns The same object.
 */
export function redacted<T extends object>(value: T): T {
  const shown = (): object =>
    Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        secrets.test(name) && member !== undefined ? '[redacted]' : member,
      ]),
    )
  const hidden = (get: () => unknown): PropertyDescriptor => ({ value: get, enumerable: false })
  return Object.defineProperties(value, {
    toJSON: hidden(shown),
    toString: hidden(() => JSON.stringify(shown())),
    [Symbol.for('nodejs.util.inspect.custom')]: hidden(shown),
  })
}
