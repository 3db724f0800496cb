/** What nobody should read off a television; English, German, French, Spanish, Portuguese, Italian. */
const offensive = `
  anal anus arse bitch boob butt clit cock coon crap cum cunt damn dead dick die dyke fag fart fuck fuk gook hell homo
  jizz kike kill lesbo nazi nigg paki pedo penis piss poop porn pussy rape sex shit slut spic tit turd twat vagina wank
  whore ass arsch fick fotze hure hitler kack nutte sau schei tod tot wichs bite chier con cul merde nique pute salop
  cabron caca cojon joder mierda pendej polla puta puto verga caralh foda porra bucet cazzo figa stronz`

const words = offensive.trim().toUpperCase().split(/\s+/)

/** Digits that are read as letters. */
const readAs: Readonly<Record<string, string>> = { 0: 'O', 1: 'I', 3: 'E', 4: 'A', 5: 'S', 7: 'T', 8: 'B' }

function read(text: string): string {
  return text.replace(/[0134578]/g, (digit) => readAs[digit] ?? digit)
}

/**
 * Whether a code spells a word of that list, digits read as letters. None can be spelled without vowels, nor is any looked for
 * in digits alone.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 RFC 8628 section 6.1}
 */
export function wordFinder(charset: string): (canonical: string) => boolean {
  const letters = new Set(read(charset))
  const spellable = /[A-Z]/.test(charset)
    ? words.filter((word) => [...word].every((letter) => letters.has(letter)))
    : []
  if (spellable.length === 0) return () => false
  return (canonical) => {
    const text = read(canonical)
    return spellable.some((word) => text.includes(word))
  }
}
