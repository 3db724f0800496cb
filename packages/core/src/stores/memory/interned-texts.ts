/** Texts that are kept at a time. */
const MAX_TEXTS = 1000

/**
 * One copy of each text that repeats: client ids, scopes and user agents. V8 keeps a whole request body alive as long as one
 * record has a text that was cut out of it.
 */
export class InternedTexts {
  readonly #texts = new Map<string, string>()

  intern(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }
}
