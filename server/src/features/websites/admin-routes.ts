import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { permittedRoutes } from '../permissions/permissions.ts'
import { addWebsite, changeWebsite, removeWebsite } from './changing.ts'
import { paletteOf } from './palette.ts'
import { PaletteView, PreviewInput, WebsiteId, WebsiteInput, WebsitePatch, WebsiteView } from './schema.ts'
import { listWebsites } from './store.ts'
import { acceptAccent } from './website-rules.ts'
import { type Websites, websiteView } from './websites.ts'

const tags = ['websites']
const params = WebsiteId
/** 1 MiB: a logo in base64 with all the rest. */
const LOGO_LIMIT = 1024 * 1024

/** How pages and mails look, domain by domain. */
export const websiteAdminRoutes = (deps: Deps, websites: Websites): FastifyPluginAsyncTypebox =>
  permittedRoutes(['websites.read', reading(deps)], ['websites.write', writing(deps, websites)])

const reading =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      { schema: { summary: 'List the websites', tags, response: { 200: Type.Array(WebsiteView) } } },
      async () => (await listWebsites(deps.db)).map(websiteView),
    )
    http.post(
      '/preview',
      {
        schema: {
          summary: 'Show which colours follow from these; nothing is kept',
          tags,
          body: PreviewInput,
          response: { 200: PaletteView, 422: ErrorReply },
        },
      },
      async ({ body: { accent = null, header_background = null } }) =>
        paletteOf(accent === null ? null : acceptAccent(accent), header_background?.toLowerCase() ?? null),
    )
  }

const writing =
  (deps: Deps, websites: Websites): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        bodyLimit: LOGO_LIMIT,
        schema: {
          summary: 'Set how pages and mails look under a domain',
          tags,
          body: WebsiteInput,
          response: { 201: WebsiteView, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const website = await addWebsite(deps, request.body)
        await websites.refresh()
        return reply.code(201).send(websiteView(website))
      },
    )
    http.patch(
      '/:id',
      {
        bodyLimit: LOGO_LIMIT,
        schema: {
          summary: 'Change how pages and mails look under a domain',
          tags,
          params,
          body: WebsitePatch,
          response: { 200: WebsiteView, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => {
        const website = await changeWebsite(deps, request.params.id, request.body)
        await websites.refresh()
        return websiteView(website)
      },
    )
    http.delete(
      '/:id',
      {
        schema: {
          summary: 'Let a domain look as ever again',
          tags,
          params,
          response: { 204: NoContent, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await removeWebsite(deps, request.params.id)
        await websites.refresh()
        return reply.code(204).send(null)
      },
    )
  }
