/** Texts that are kept at a time. */
const MAX_TEXTS = 1000

/** A copy of texts, or of JSON with texts, that were cut out of a request: V8 keeps its whole body alive as long as it keeps one of them. */
export function ownCopy<T>(value: T): T {
  // in an object, because newer versions of Node return a text itself
  return value === undefined ? value : structuredClone({ value }).value
}

/** One copy of each text that repeats: client ids, scopes and user agents. */
export class InternedTexts {
  readonly #texts = new Map<string, string>()

  intern(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear()
    const kept = ownCopy(text)
    this.#texts.set(kept, kept)
    return kept
  }
}
