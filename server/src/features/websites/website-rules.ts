import { Readable } from 'node:stream'
import { domainToASCII } from 'node:url'
import { contrast, WHITE } from '../../lib/colors.ts'
import { defineErrors } from '../../lib/errors.ts'
import { squish } from '../../lib/sentences.ts'
import type { SiteLink } from '../../platform/http/sites.ts'
import { readableAccent } from './palette.ts'

const errors = defineErrors('websites', {
  domain: [422, 'domain must be a host name, without scheme, port and path'],
  accent: [422, 'accent cannot be read'],
  link: [422, 'links must be https addresses, mailto: or paths of this server'],
  logo: [422, 'logo must be a PNG, JPEG or WebP image of 512 KB at most'],
})

const LARGEST_LOGO = 512 * 1024
const LOGO = { width: 640, height: 128 }
const PIXELS = 25_000_000

/** The domain as it is stored: lower case, in ASCII. */
export function normalizeDomain(text: string): string {
  const name = text.trim().toLowerCase()
  // What follows a host in an address would be left out without a word.
  if (/[/?#@:\\]/.test(name)) throw errors.domain()
  const domain = domainToASCII(name)
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
  if (domain.length > 253 || !new RegExp(`^${label}(?:\\.${label})*$`).test(domain)) throw errors.domain()
  return domain
}

/** The accent in lower case, if people can read it; else tells which one they could. */
export function acceptAccent(text: string): string {
  const accent = text.toLowerCase()
  const readable = readableAccent(accent)
  if (readable === accent) return accent
  const ratio = contrast(accent, WHITE).toFixed(1)
  const error = `accent ${accent} cannot be read: its contrast with white is ${ratio} to 1, and 4.5 is needed on every light ground; ${readable} would do`
  throw errors.accent({ body: { error } })
}

/** The links as they are stored. What browsers would run, or take for another host, is refused. */
export function acceptLinks(links: readonly SiteLink[]): SiteLink[] {
  return links.map(({ text, url }) => {
    const address = url.trim()
    if (!isHarmless(address)) throw errors.link()
    return { text: squish(text), url: address }
  })
}

function isHarmless(url: string): boolean {
  // Browsers drop tabs and line ends within addresses, and read `\` as `/`.
  if (/[\s\\]/.test(url) || [...url].some((character) => character < ' ')) return false
  if (url.startsWith('/')) return !url.startsWith('//')
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'mailto:') return true
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === ''
}

interface LogoFile {
  size: number
  content(): AsyncIterable<Uint8Array>
}

/**
 * The picture drawn anew as a small PNG in base64, so that nothing of the file but its pixels is served. `inspect` sees the file
 * first, and may refuse it.
 */
export async function acceptLogo(base64: string, inspect: (file: LogoFile) => Promise<void>): Promise<string> {
  const file = Buffer.from(base64, 'base64')
  if (file.length === 0 || file.length > LARGEST_LOGO) throw errors.logo()
  await inspect({ size: file.length, content: () => Readable.from([file]) })
  const { default: sharp } = await import('sharp')
  try {
    const image = sharp(file, { limitInputPixels: PIXELS })
    const { format } = await image.metadata()
    if (format !== 'png' && format !== 'jpeg' && format !== 'webp') throw errors.logo()
    const png = await image
      .rotate()
      .resize({ ...LOGO, fit: 'inside', withoutEnlargement: true })
      .png()
      .toBuffer()
    return png.toString('base64')
  } catch (cause) {
    throw errors.logo({ cause })
  }
}
