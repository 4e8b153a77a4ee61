import type { IncomingHttpHeaders } from 'node:http'
import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { isStorable } from '../../lib/storable.ts'
import { parseForm } from './form-body.ts'
import { type Html, html, say } from './html.ts'
import { speakerOf } from './locales/locales.ts'
import { LANGUAGE_NAMES, type Language, type Preferences, preferencesOf, schemeAttribute } from './preferences.ts'
import { dropBaseHeaders } from './security-headers.ts'
import type { FindSite, Site, SiteLink } from './sites.ts'

/** A page without scripts. */
export interface Page {
  title: string
  /** Width of the column: `narrow` for one thing at a time, `wide` for lists, `full` for references. */
  width: 'narrow' | 'wide' | 'full'
  main: Html
  /** Seconds until the browser reads the page again. */
  refresh?: number
}

/** What every page shows in its frame. */
export interface Frame {
  app_name: string
  links: readonly { href: string; text: string }[]
  /** The script that improves pages, where it is built. */
  script: () => string | undefined
  /** How pages look under the host that was asked for. */
  findSite: FindSite
}

/** Who asks for a page, and how. */
export interface PageRequest {
  method: string
  headers: IncomingHttpHeaders
}

export type PageDirectives = Record<string, string[]>

/** What pages may load: nothing but what this server serves as files. */
const PAGE_DIRECTIVES: PageDirectives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  frameSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
}

/** Name of the request decorator that holds a page's frame. */
const FRAME = 'frame'

const errors = defineErrors('pages', {
  foreignForm: [403, 'This form was sent from another site'],
})

/** Makes `http` a scope of pages: strict headers, forms and nothing else as bodies, and the frame around each page. */
export async function servePages(http: FastifyInstance, frame: Frame, { production }: { production: boolean }) {
  dropBaseHeaders(http)
  await http.register(helmet, headersOf(PAGE_DIRECTIVES, production))
  bearFrame(http, frame)
  http.removeAllContentTypeParsers()
  http.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: 16 * 1024 },
    async (_request: FastifyRequest, body: Buffer) => parseForm(body),
  )
  http.addHook('onRequest', async (request) => {
    if (isForeign(request)) throw errors.foreignForm()
  })
}

/** Lets a scope that is none of pages answer with one, as where something is not there. */
export function bearFrame(http: FastifyInstance, frame: Frame): void {
  http.decorateRequest(FRAME, { getter: () => frame })
}

/** Headers of everything that a browser shows. */
export const headersOf = (directives: PageDirectives, production: boolean) => ({
  contentSecurityPolicy: { useDefaults: false, directives },
  strictTransportSecurity: production,
  xFrameOptions: { action: 'deny' } as const,
  // Addresses of pages carry tokens.
  referrerPolicy: { policy: 'no-referrer' } as const,
})

/** Sends a page; it is kept by no cache. */
export function sendPage(request: FastifyRequest, reply: FastifyReply, status: number, page: Page): FastifyReply {
  const frame = request.getDecorator<Frame>(FRAME)
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(renderPage(frame, page, request))
}

/** One field of a form or query; repeated and nested ones count as absent, and so do texts that no database holds. */
export function fieldOf(fields: unknown, name: string): string {
  const value = isObject(fields) ? fields[name] : undefined
  return typeof value === 'string' && isStorable(value) ? value : ''
}

/** Whether a browser says that another site sent this form (Fetch Metadata; no-referrer empties the Origin of our own). */
export function isForeign({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin, host } = headers
  return origin !== undefined && origin !== 'null' && URL.parse(origin)?.host !== host
}

/** The whole page in the reader's language and the dress of the host they asked, for those who send it themselves. */
export function renderPage(frame: Frame, page: Page, request: PageRequest): string {
  const preferences = preferencesOf(request)
  const site = frame.findSite(request.headers.host)
  // To speak another language the page is asked for again, which would send a form again.
  const isRead = request.method === 'GET'
  return pageOf(frame, page, preferences, { site, isRead }).render(speakerOf(preferences.language))
}

const pageOf = (
  { app_name, links, script }: Frame,
  { title, width, main, refresh }: Page,
  { language, dir, scheme }: Preferences,
  { site, isRead }: { site: Site | undefined; isRead: boolean },
): Html =>
  html`<!doctype html>
<html lang="${language}" dir="${dir}"${schemeAttribute(scheme)}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${refresh !== undefined && html`<meta http-equiv="refresh" content="${refresh}">`}
<title>${say(title)} · ${site?.title ?? app_name}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/pages.css">
${site && html`<link rel="stylesheet" href="${site.styles}">`}
${script() !== undefined && html`<script type="module" src="${script()}"></script>`}
</head>
<body class="${width}">
<header class="bar">
<a class="brand" href="/">${site?.title ?? app_name}</a>
${site && siteLinks(site.header_links)}
${width !== 'narrow' && links.map(({ href, text }) => html`<a href="${href}">${text}</a>`)}
</header>
<main>
${main}
</main>
${width === 'narrow' && isRead && languageChoice(language)}
${site && siteFooter(site)}
</body>
</html>
`

/** The links that an operator put there, each only text and an address. */
const siteLinks = (links: readonly SiteLink[]): Html =>
  html`${links.map(({ text, url }) => html`<a href="${url}" rel="noreferrer">${text}</a>`)}`

/** The header's links where the page has a header of its own. */
export const siteHeader = ({ header_links }: Site): Html | false =>
  header_links.length > 0 && html`<nav class="site-header" aria-label="Links">${siteLinks(header_links)}</nav>`

/** The footer's links. */
export const siteFooter = ({ footer_links }: Site): Html | false =>
  footer_links.length > 0 && html`<footer class="site-footer">${siteLinks(footer_links)}</footer>`

/** For a script: without it the browser's own language is spoken. */
const languageChoice = (chosen: Language): Html => html`<footer class="languages" hidden>
${Object.entries(LANGUAGE_NAMES).map(
  ([language, name]) =>
    html`<button type="button" class="link" data-language="${language}" lang="${language}"${language === chosen && html` aria-pressed="true"`}>${name}</button>`,
)}
</footer>`
