// The pages name devices by the same tables (web/src/account/sessions/device.ts): neither side may import the other.
const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Headless)?(?:Chrome|CriOS|Chromium)\//],
  ['Safari', /\bSafari\//],
] as const

const SYSTEMS = [
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
] as const

/**
 * A browser and its system by what it calls itself, or the name of a program. Whoever signs in writes that text, so no more
 * of it gets into a mail than a word without dots, which no mail program makes a link of. Empty where it tells nothing.
 */
export function deviceName(user_agent: string | null): string {
  const text = user_agent ?? ''
  const nameOf = (known: readonly (readonly [string, RegExp])[]) => known.find(([, sign]) => sign.test(text))?.[0]
  const names = [nameOf(BROWSERS), nameOf(SYSTEMS)].filter((name) => name !== undefined)
  return names.length > 0 ? names.join(', ') : (/^[A-Za-z][A-Za-z0-9_-]{0,39}/.exec(text)?.[0] ?? '')
}

const LONGEST = 40

/**
 * What somebody called a thing of theirs, as a mail may show it: no more than letters, digits, spaces and hyphens, of which
 * no mail program makes a link, and no room for a message of an intruder's own.
 */
export const plainName = (name: string): string =>
  name
    .replace(/[^\p{L}\p{M}\p{N}-]+/gu, ' ')
    .trim()
    .slice(0, LONGEST)
    .trimEnd()
