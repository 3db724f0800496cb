import type { UserGrant } from '../contract/store.ts'

/** Bytes of the data as JSON, in UTF-8. It is in every record of the grant, and every check of a token reads it. */
const MAX_BYTES = 4096

/** Objects and lists within each other. Databases and parsers of JSON have a bound too, each another one. */
const MAX_DEPTH = 32

/**
 * Checks data of the application's own for a grant, and copies it, so that a later change by the application has no effect. A
 * value that JSON would change or leave out without a word is refused. Members that are `undefined` count as absent.
 *
 * @param source - The function of the application that gave it, for the error.
 * @throws {TypeError} if it is not an object of JSON values, or has more than 4,096 bytes.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259#section-3 RFC 8259 section 3}
 */
export function checkGrantData(source: string, data: unknown): UserGrant['data'] {
  if (data === undefined || data === null) return undefined
  const fault = isPlainObject(data) ? findFault(data, 'data', 1) : `\`data\` is ${kindOf(data)}`
  if (fault !== undefined) throw wrongData(source, fault)
  const text = JSON.stringify(data)
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES) throw wrongData(source, `\`data\` has ${bytes} bytes as JSON`)
  return JSON.parse(text)
}

function wrongData(source: string, fault: string): TypeError {
  return new TypeError(
    `Device Auth: ${source} gave a wrong \`data\`: ${fault}. Give a plain object of texts, finite numbers, true, false, null, lists and plain objects, with at most ${MAX_BYTES} bytes as JSON and ${MAX_DEPTH} levels.`,
  )
}

/** Finds the first value that JSON cannot have. In a cycle no level is the last one, so it has too many levels. */
function findFault(value: unknown, path: string, level: number): string | undefined {
  if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)) return undefined
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return `\`${path}\` is ${kindOf(value)}`
  if (level > MAX_DEPTH) return '`data` is cyclic, or has too many levels'
  const members = Object.entries(value)
  if (isList && members.length !== value.length) return `\`${path}\` is a list with gaps`
  for (const [name, member] of members) {
    if (member === undefined && !isList) continue
    const fault = findFault(member, isList ? `${path}[${name}]` : `${path}.${name}`, level + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}

function kindOf(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object of a class' : `a ${typeof value}`
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return [Object.prototype, null].includes(Object.getPrototypeOf(value))
}
