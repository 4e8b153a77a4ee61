import { createHash } from 'node:crypto'
import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { type Clock, isoSeconds, SECOND } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Website } from '../../platform/db/schema.ts'
import type { FindSite, Site, SiteLink } from '../../platform/http/sites.ts'
import type { MailLook } from '../../platform/mail/templates.ts'
import { type Palette, paletteOf } from './palette.ts'
import type { PublicWebsite, WebsiteView } from './schema.ts'
import { findWebsites, listWebsites, websitesVersion } from './store.ts'
import { stylesOf } from './styles.ts'

export { addWebsite } from './changing.ts'

/** How often a process asks whether another one changed a website. */
const FRESH = 5 * SECOND

/** A website as it is served. */
interface Served {
  website: Website
  site: Site
  palette: Palette
  styles: string
  logo: Buffer | null
  logo_url: string | null
  version: string
}

/** The websites, kept in memory: every page needs one, they are few, and pages are to look right while the database rests. */
export interface Websites {
  /** The website of a host: that of its domain, or of the nearest domain above it. */
  find(host: string | undefined): Served | undefined
  findSite: FindSite
  /** Reads them anew. */
  refresh(): Promise<void>
}

export async function openWebsites(needs: Pick<Deps, 'db' | 'log'> & { clock: Clock }): Promise<Websites> {
  const { db, clock, log } = needs
  let served = new Map<string, Served>()
  let readAt = 0
  let begun = 0
  let shown = 0
  let version: string | undefined
  const read = async (unlessVersion?: string): Promise<void> => {
    readAt = clock.now()
    begun += 1
    const turn = begun
    // Before the websites: what changes in between is read again the next time.
    const current = await websitesVersion(db)
    if (current === unlessVersion) return
    const websites = await listWebsites(db)
    // One that began earlier may end later, and knows less.
    if (turn < shown) return
    shown = turn
    version = current
    served = new Map(websites.map((website) => [website.domain, serve(website)]))
  }
  const refreshInTime = (): void => {
    if (clock.now() - readAt < FRESH) return
    read(version).catch((error: unknown) => log.error({ err: error }, 'The websites could not be read'))
  }
  const find = (host: string | undefined): Served | undefined => {
    refreshInTime()
    for (const domain of domainsOf(host)) {
      const found = served.get(domain)
      if (found) return found
    }
    return undefined
  }
  await read()
  return { find, findSite: (host) => find(host)?.site, refresh: () => read() }
}

/** `id.shop.example:3000` is found under `id.shop.example`, `shop.example` and `example`. */
function domainsOf(host = ''): string[] {
  const labels = host.toLowerCase().replace(/:\d*$/, '').split('.')
  return labels.map((_, index) => labels.slice(index).join('.'))
}

/** A website's links. */
function linksOf(json: string): SiteLink[] {
  const list: unknown = JSON.parse(json)
  return Array.isArray(list) ? list.filter(isLink) : []
}

const isLink = (value: unknown): value is SiteLink =>
  isObject(value) && typeof value['text'] === 'string' && typeof value['url'] === 'string'

function serve(website: Website): Served {
  const version = createHash('sha256').update(JSON.stringify(website)).digest('hex').slice(0, 16)
  const palette = paletteOf(website.accent, website.header_background)
  const logo = website.logo === null ? null : Buffer.from(website.logo, 'base64')
  const logo_url = logo === null ? null : `/website/logo.png?v=${version}`
  const site = {
    title: website.title,
    styles: `/website/styles.css?v=${version}`,
    header_links: linksOf(website.header_links),
    footer_links: linksOf(website.footer_links),
  }
  const styles = stylesOf(palette, logo && logo_url ? { url: logo_url, ratio: ratioOf(logo) } : null)
  return { website, site, palette, styles, logo, logo_url, version }
}

/** Width by height of a PNG, which stand at fixed places of it (PNG, IHDR). */
const ratioOf = (png: Buffer): number => png.readUInt32BE(16) / Math.max(1, png.readUInt32BE(20))

/** The look of mails: that of the website of the address that their links lead to. */
export async function mailLook(db: Db, link_url: string): Promise<MailLook | undefined> {
  const domains = domainsOf(new URL(link_url).host)
  const websites = await findWebsites(db, domains)
  const website = domains.map((domain) => websites.find((each) => each.domain === domain)).find(Boolean)
  if (!website) return undefined
  const { accent, fill } = paletteOf(website.accent, website.header_background)
  const links = linksOf(website.footer_links).map(({ text, url }) => ({ text, url: new URL(url, link_url).href }))
  return { title: website.title, accent, fill: fill.light, links }
}

/** How a domain looks, for those who set it. The logo stands under the domain itself, so it is shown as data. */
export function websiteView(website: Website): WebsiteView {
  const { palette, site, logo_url } = serve(website)
  return {
    id: website.id,
    domain: website.domain,
    title: website.title,
    accent: website.accent,
    header_background: website.header_background,
    palette,
    logo_url: logo_url === null ? null : `${logo_url}&domain=${encodeURIComponent(website.domain)}`,
    header_links: [...site.header_links],
    footer_links: [...site.footer_links],
    created_at: isoSeconds(website.created_at),
    updated_at: isoSeconds(website.updated_at),
  }
}

/** How pages look under a host; as ever where nothing is set. */
export function publicView(found: Served | undefined, app_name: string): Static<typeof PublicWebsite> {
  return {
    domain: found?.website.domain ?? null,
    title: found?.site.title ?? app_name,
    palette: found?.palette ?? paletteOf(null, null),
    logo_url: found?.logo_url ?? null,
    header_links: [...(found?.site.header_links ?? [])],
    footer_links: [...(found?.site.footer_links ?? [])],
  }
}
