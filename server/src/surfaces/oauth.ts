import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { ownNames } from '../features/key-proofs/key-proofs.ts'
import type { Engine } from '../features/oauth/engine.ts'
import { engineRoutes } from '../features/oauth/engine-routes.ts'
import { interactionPageRoutes } from '../features/oauth/page-routes.ts'
import { NOT_KEPT } from '../features/oauth/refusals.ts'
import { tokenInfoRoutes } from '../features/oauth/token-info-routes.ts'
import { isWaiting } from '../features/oauth/waiting.ts'
import { revocationRoutes } from '../features/revocations/routes.ts'
import { requireAccount } from '../features/sessions/guard.ts'
import { signingKeyRoutes } from '../features/signing-keys/routes.ts'
import { Refusal } from '../lib/errors.ts'
import { revalidate } from '../platform/http/caching.ts'
import { answerErrors } from '../platform/http/error-replies.ts'
import { admit, limitRequests, limitRoutes, noteRefusal, passAddress } from '../platform/http/limits.ts'
import { type Frame, servePages } from '../platform/http/pages.ts'
import { limitedEngineRoutes, limitedRoutes } from './limited-routes.ts'
import { answerWithPage } from './web.ts'

/** Signing in at other applications: the engine, its pages, and the keys that relying parties read. */
export const oauth =
  (deps: Deps, engine: Engine, frame: Frame) =>
  async (http: FastifyInstance): Promise<void> => {
    await http.register(async (pages) => {
      await servePages(pages, frame, { production: deps.config.production })
      pages.setErrorHandler(answerWithPage)
      limitRequests(pages, deps)
      limitRoutes(pages, deps, limitedRoutes)
      await pages.register(interactionPageRoutes(deps, engine))
    })
    await http.register(async (keys) => {
      // Public as they are, any site may read them.
      keys.addHook('onRequest', async (_request, reply) => {
        reply.header('access-control-allow-origin', '*')
      })
      await keys.register(signingKeyRoutes(deps), { prefix: '/oauth' })
    })
    await http.register(async (feed) => {
      answerErrors(feed)
      limitRequests(feed, deps)
      revalidate(feed)
      await feed.register(revocationRoutes(deps), { prefix: '/oauth' })
    })
    await http.register(async (info) => {
      limitRequests(info, deps)
      await info.register(
        tokenInfoRoutes(
          deps,
          requireAccount(
            deps,
            ownNames(deps, () => undefined),
          ),
        ),
      )
    })
    await http.register(async (clients) => {
      limitClients(clients, deps)
      await clients.register(engineRoutes(deps, engine, frame.findSite))
    })
  }

/** Limits what clients ask of the engine; refusals have the form of its own (RFC 6749, section 5.2). */
function limitClients(http: FastifyInstance, deps: Pick<Deps, 'limits'>): void {
  // By the route, which is one however its path was written.
  const limitOf = ({ routeOptions: { url = '' } }: FastifyRequest) => limitedEngineRoutes[url]
  http.addHook('onRequest', async (request, reply) => {
    try {
      passAddress(deps, request)
      const limit = limitOf(request)
      if (limit) await admit(deps, limit, request)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return slowDown(reply, error)
    }
  })
  // The engine writes its answers by itself; only their end is seen here.
  http.addHook('onResponse', async (request, reply) => {
    const limit = limitOf(request)
    if (limit && !isWaiting(reply.raw)) await noteRefusal(deps, limit, request, reply.raw.statusCode)
  })
}

const slowDown = (reply: FastifyReply, { status, headers, message }: Refusal): FastifyReply =>
  reply
    .code(status)
    .headers({ ...headers, ...NOT_KEPT })
    .send({ error: 'temporarily_unavailable', error_description: message })
