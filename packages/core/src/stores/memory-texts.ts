const maxTexts = 1000

/**
 * One copy of each text that repeats, client ids and scopes and user agents: a text cut out of a request body would
 * keep the whole body alive with each record.
 */
export class InternedTexts {
  readonly #texts = new Map<string, string>()

  intern(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    if (this.#texts.size >= maxTexts) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }
}
