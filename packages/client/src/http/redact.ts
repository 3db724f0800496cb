const secrets: ReadonlySet<string> = new Set(['deviceCode', 'accessToken', 'refreshToken', 'idToken', 'headers', 'raw'])

/**
 * The same object, whose secrets stay out of `console.log`, `JSON.stringify` and string conversion. Members are read as ever.
 */
export function redacted<T extends object>(value: T): T {
  const shown = (): object =>
    Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        secrets.has(name) && member !== undefined ? '[redacted]' : member,
      ]),
    )
  const hidden = (get: () => unknown): PropertyDescriptor => ({ value: get, enumerable: false })
  return Object.defineProperties(value, {
    toJSON: hidden(shown),
    toString: hidden(() => JSON.stringify(shown())),
    [Symbol.for('nodejs.util.inspect.custom')]: hidden(shown),
  })
}
