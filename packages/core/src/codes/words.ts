/** Parts of offensive words, which no user code should have: English, German, French, Spanish, Portuguese, Italian. */
const offensive = `
  anal anus arse bitch boob butt clit cock coon crap cum cunt damn dead dick die dyke fag fart fuck fuk gook hell homo
  jizz kike kill lesbo nazi nigg paki pedo penis piss poop porn pussy rape sex shit slut spic tit turd twat vagina wank
  whore ass arsch fick fotze hure hitler kack nutte sau schei tod tot wichs bite chier con cul merde nique pute salop
  cabron caca cojon joder mierda pendej polla puta puto verga caralh foda porra bucet cazzo figa stronz`

const words = offensive.trim().toUpperCase().split(/\s+/)

/** The letters that people read in digits. */
const readAs: Readonly<Record<string, string>> = { 0: 'O', 1: 'I', 3: 'E', 4: 'A', 5: 'S', 7: 'T', 8: 'B' }

function withLetters(text: string): string {
  return text.replace(/[0134578]/g, (digit) => readAs[digit] ?? digit)
}

/**
 * Makes the function that finds offensive words in the codes of a charset. Digits are read as letters, except in a
 * charset of digits only. Without vowels no word can be found.
 *
 * @returns A function that returns `true` if the bare characters of a code have such a word in them.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 RFC 8628 section 6.1}
 */
export function wordFinder(charset: string): (canonical: string) => boolean {
  const letters = new Set(withLetters(charset))
  const spellable = /[A-Z]/.test(charset)
    ? words.filter((word) => [...word].every((letter) => letters.has(letter)))
    : []
  if (spellable.length === 0) return () => false
  return (canonical) => {
    const text = withLetters(canonical)
    return spellable.some((word) => text.includes(word))
  }
}
