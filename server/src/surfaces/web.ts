import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { listApplications } from '../features/applications/applications.ts'
import { entranceRoutes } from '../features/entrance/routes.ts'
import { mailLinkRoutes } from '../features/mail-links/routes.ts'
import { mailboxRoutes } from '../features/mailbox/routes.ts'
import { websiteFileRoutes } from '../features/websites/file-routes.ts'
import type { Websites } from '../features/websites/websites.ts'
import { answerOf } from '../lib/errors.ts'
import { withoutReferences } from '../platform/http/components.ts'
import { noteCause } from '../platform/http/error-replies.ts'
import { limitRequests, limitRoutes } from '../platform/http/limits.ts'
import { sendPage, servePages } from '../platform/http/pages.ts'
import { readReference } from '../platform/http/reference/document.ts'
import { referencePage } from '../platform/http/reference/page.ts'
import { sendJson } from '../platform/http/replies.ts'
import { formerPages } from './former-pages.ts'
import { frameOf } from './frame.ts'
import { limitedRoutes } from './limited-routes.ts'
import { describeServer, homePage, messagePage } from './web-pages.ts'

/** Pages for people, and the answer to whatever no other surface knows. */
export const web =
  (deps: Deps, websites: Websites) =>
  async (http: FastifyInstance): Promise<void> => {
    const { production } = deps.config
    await servePages(http, frameOf(deps.config, websites.findSite), { production })
    http.setErrorHandler(answerWithPage)
    limitRequests(http, deps)
    limitRoutes(http, deps, limitedRoutes)
    http.setNotFoundHandler(answerUnknown)

    await http.register(fastifyStatic, {
      root: join(import.meta.dirname, '../platform/http/assets'),
      prefix: '/assets/',
      maxAge: '1h',
    })
    http.get('/', async (request, reply) => {
      const [application] = production ? [] : await listApplications(deps.db)
      const server = describeServer(deps.config, application)
      return wantsJson(request) ? sendJson(reply, 200, server) : sendPage(request, reply, 200, homePage(server))
    })
    http.get('/docs', async (request, reply) => {
      const { body } = await http.inject('/api/v1/swagger_doc')
      return sendPage(
        request,
        reply,
        200,
        referencePage(readReference(withoutReferences(JSON.parse(body))), deps.config.url),
      )
    })
    await http.register(websiteFileRoutes(websites), { prefix: '/website' })
    await http.register(mailLinkRoutes(deps))
    await http.register(entranceRoutes(deps))
    await http.register(formerPages)
    if (!production) await http.register(mailboxRoutes(deps), { prefix: '/mailbox' })
  }

/** A page, unless JSON is asked for, which is that of Barong 1.8 outside of its APIs. */
function answerUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (wantsJson(request)) return sendJson(reply, 404, { status: 404, error: 'Not Found' })
  return sendPage(request, reply, 404, messagePage('There is nothing here', request.id))
}

/** Answers an error with a page, or with JSON where no page is wanted. */
export function answerWithPage(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const own = answerOf(error)
  if (own) {
    if (own.cause) noteCause(request, own)
    return tell(request, reply.headers(own.headers), own.status, own.message)
  }
  const { statusCode = 500 } = error
  if (statusCode >= 400 && statusCode < 500)
    return tell(request, reply, statusCode, 'This request cannot be understood')
  request.log.error({ err: error }, 'Something went wrong')
  return tell(request, reply, 500, 'Something went wrong')
}

/** A page for browsers, `{"error": …}` for everybody else. */
function tell(request: FastifyRequest, reply: FastifyReply, status: number, text: string): FastifyReply {
  if (!request.headers.accept?.includes('text/html')) return sendJson(reply, status, { error: text })
  return sendPage(request, reply, status, messagePage(text, request.id))
}

const wantsJson = ({ headers }: FastifyRequest): boolean => /^application\/json\b/.test(headers.accept ?? '')
