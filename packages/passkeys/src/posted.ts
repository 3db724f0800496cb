/**
 * Parses the text of a form field that should be the JSON of a credential. Its members are not checked: the library that verifies
 * the credential checks each of them and throws.
 *
 * @returns `undefined` for anything but a JSON object.
 */
export function parseObject<T extends object>(posted: string): T | undefined {
  try {
    const value: unknown = JSON.parse(posted)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as T) : undefined
  } catch {
    return undefined
  }
}
