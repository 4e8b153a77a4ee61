/** A colour as red, green and blue from 0 to 255. */
type Rgb = readonly [red: number, green: number, blue: number]

export const WHITE = '#ffffff'
export const BLACK = '#000000'

/** The contrast of two colours, from 1 to 21 (WCAG 2.2, contrast ratio). */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** The colour itself, or the one nearest to it on the way to `towards` that `fits`. */
export function nearest(color: string, towards: string, fits: (candidate: string) => boolean): string {
  for (let share = 0; share < 100; share += 1) {
    const candidate = mixed(color, towards, share / 100)
    if (fits(candidate)) return candidate
  }
  return towards
}

/** Black or white, whichever is read better on the colour. */
export const textOn = (background: string): string =>
  contrast(WHITE, background) >= contrast(BLACK, background) ? WHITE : BLACK

function mixed(color: string, other: string, share: number): string {
  const from = rgb(color)
  const to = rgb(other)
  const parts = from.map((part, index) => Math.round(part + ((to[index] ?? 0) - part) * share))
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [red, green, blue] = rgb(color)
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function linear(part: number): number {
  const share = part / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

const rgb = (color: string): Rgb => [partOf(color, 1), partOf(color, 3), partOf(color, 5)]

const partOf = (color: string, at: number): number => Number.parseInt(color.slice(at, at + 2), 16)
