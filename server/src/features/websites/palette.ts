import { contrast, nearest, textOn, WHITE } from '../../lib/colors.ts'
import { tokenColor } from '../../platform/http/tokens.ts'

/** WCAG 2.2, 1.4.3 and 1.4.11. */
const TEXT = 4.5
const SHAPE = 3

const GROUNDS = ['ground', 'surface', 'sunken'].map(tokenColor)

/** The colours that follow from what an operator chose. */
export interface Palette {
  /** Links and marks. */
  accent: { light: string; dark: string }
  /** Buttons, which bear white text. */
  fill: { light: string; dark: string }
  header: { background: string; text: string } | null
}

/** What stands where nothing was chosen. */
const DEFAULT_ACCENT = tokenColor('accent')
const DEFAULT_FILL = tokenColor('accent-fill')

const isReadable = (color: string, scheme: 'light' | 'dark'): boolean =>
  GROUNDS.every((ground) => contrast(color, ground[scheme]) >= TEXT)

/** The colour nearest to the accent that can be read on every light ground; the accent itself where it can. */
export const readableAccent = (accent: string): string =>
  nearest(accent, '#000000', (color) => isReadable(color, 'light'))

/** The colours for an accent that can be read, and a header. On dark grounds the accent is as much lighter as it must be. */
export function paletteOf(accent: string | null, header_background: string | null): Palette {
  const header = header_background === null ? null : { background: header_background, text: textOn(header_background) }
  if (accent === null) return { accent: DEFAULT_ACCENT, fill: DEFAULT_FILL, header }
  const dark = nearest(accent, WHITE, (color) => isReadable(color, 'dark'))
  const fill = nearest(accent, WHITE, (color) => GROUNDS.every((ground) => contrast(color, ground.dark) >= SHAPE))
  return {
    accent: { light: accent, dark },
    fill: { light: accent, dark: contrast(fill, WHITE) >= TEXT ? fill : DEFAULT_FILL.dark },
    header,
  }
}
