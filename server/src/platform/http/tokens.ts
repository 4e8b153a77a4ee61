import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const SHEET = readFileSync(join(import.meta.dirname, 'assets/tokens.css'), 'utf8')

/** A colour of tokens.css, for light and for dark. */
export function tokenColor(name: string): { light: string; dark: string } {
  const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(SHEET) ?? []
  if (light === undefined || dark === undefined) throw new Error(`tokens.css has no colour --${name}`)
  return { light, dark }
}
