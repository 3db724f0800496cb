/** WCAG's relative luminance of a colour `#rrggbb`, 0 to 1. @see {@link https://www.w3.org/TR/WCAG22/#dfn-relative-luminance WCAG 2.2} */
export function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = channels(colour).map((c) =>
    c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** WCAG's contrast of two colours `#rrggbb`, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** Black or white, whichever can be read better on this colour: always at least 4.5 to 1. */
export function readableOn(colour: string): string {
  return contrast(colour, '#ffffff') >= contrast(colour, '#000000') ? '#ffffff' : '#000000'
}

/** The colour, with as much white as it takes to stand out on a background by this contrast. */
export function lightenFor(colour: string, background: string, enough: number): string {
  for (let share = 0; share < 1; share += 0.05) {
    const lighter = mix(colour, share)
    if (contrast(lighter, background) >= enough) return lighter
  }
  return '#ffffff'
}

function mix(colour: string, white: number): string {
  const mixed = channels(colour).map((c) => Math.round(c + (255 - c) * white))
  return `#${mixed.map((c) => c.toString(16).padStart(2, '0')).join('')}`
}

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
}
