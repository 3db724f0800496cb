/**
 * Relative luminance of a colour `#rrggbb`, from 0 (black) to 1 (white).
 * @see {@link https://www.w3.org/TR/WCAG22/#dfn-relative-luminance WCAG 2.2, relative luminance}
 */
export function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = channels(colour).map((c) =>
    c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/**
 * Contrast ratio of two colours `#rrggbb`, from 1 to 21.
 * @see {@link https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio WCAG 2.2, contrast ratio}
 */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** Black or white, whichever has more contrast to this colour: at least 4.5 to 1 on any colour. */
export function readableOn(colour: string): string {
  return contrast(colour, '#ffffff') >= contrast(colour, '#000000') ? '#ffffff' : '#000000'
}

/** Mixes white into a colour until its contrast to the background is at least `leastContrast`. */
export function lightenFor(colour: string, background: string, leastContrast: number): string {
  for (let white = 0; white < 1; white += 0.05) {
    const lighter = mixWhite(colour, white)
    if (contrast(lighter, background) >= leastContrast) return lighter
  }
  return '#ffffff'
}

/** `white` is the share of white, from 0 to 1. */
function mixWhite(colour: string, white: number): string {
  const mixed = channels(colour).map((c) => Math.round(c + (255 - c) * white))
  return `#${mixed.map((c) => c.toString(16).padStart(2, '0')).join('')}`
}

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
}
