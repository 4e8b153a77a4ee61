import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { bearFrame, headersOf, type PageDirectives } from '../platform/http/pages.ts'
import { preferencesOf } from '../platform/http/preferences.ts'
import { dropBaseHeaders } from '../platform/http/security-headers.ts'
import type { FindSite } from '../platform/http/sites.ts'
import { appShell, type Entry } from './app-shell.ts'
import { frameOf } from './frame.ts'
import { BUILT, readBuild } from './web-build.ts'

const YEAR = '365d'

/** Scripts and styles are files of ours. Style elements that scripts make bear the page's nonce. */
const policyWith = (nonce: string): PageDirectives => ({
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", `'nonce-${nonce}'`],
  // What a person is about to hand in is shown before it is sent, and what an officer looks at was fetched.
  imgSrc: ["'self'", 'blob:'],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
})

/** Files by themselves are no pages. */
const ASSETS: PageDirectives = { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] }

/** The web app: its built files, and one shell for all addresses of each of its entries. */
export const webApp =
  (deps: Pick<Deps, 'config'>, findSite: FindSite) =>
  async (http: FastifyInstance): Promise<void> => {
    const { production, values } = deps.config
    const build = readBuild(production)
    bearFrame(http, frameOf(deps.config, findSite))
    dropBaseHeaders(http)
    await http.register(helmet, {
      ...headersOf({}, production),
      contentSecurityPolicy: { useDefaults: false, directives: ASSETS },
    })
    await http.register(fastifyStatic, {
      root: join(BUILT, 'assets'),
      prefix: '/app/assets/',
      wildcard: true,
      preCompressed: true,
      immutable: true,
      maxAge: YEAR,
      decorateReply: false,
    })
    const serve = (entry: Entry) => async (request: FastifyRequest, reply: FastifyReply) => {
      const files = build()[entry]
      if (!files) throw new Error('The web app is not built: `npm run build` does it.')
      const nonce = randomBytes(16).toString('base64')
      const site = entry === 'account' ? findSite(request.headers.host) : undefined
      const page = appShell({ files, nonce, title: site?.title ?? values.APP_NAME, site, ...preferencesOf(request) })
      return reply
        .header('content-security-policy', policyText(policyWith(nonce)))
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(page)
    }
    for (const entry of ['account', 'admin'] as const) {
      http.get(`/${entry}`, serve(entry))
      http.get(`/${entry}/*`, serve(entry))
    }
  }

const policyText = (directives: PageDirectives): string =>
  Object.entries(directives)
    .map(([name, sources]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${sources.join(' ')}`)
    .join(';')
