import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Engine } from '../features/oauth/engine.ts'
import { engineRoutes } from '../features/oauth/engine-routes.ts'
import { interactionPageRoutes } from '../features/oauth/page-routes.ts'
import { tokenInfoRoutes } from '../features/oauth/token-info-routes.ts'
import { requireAccount } from '../features/sessions/guard.ts'
import { signingKeyRoutes } from '../features/signing-keys/routes.ts'
import { servePages } from '../platform/http/pages.ts'
import { frameOf } from './frame.ts'
import { answerWithPage } from './web.ts'

/** Signing in at other applications: the engine, its pages, and the keys that relying parties read. */
export const oauth =
  (deps: Deps, engine: Engine) =>
  async (http: FastifyInstance): Promise<void> => {
    await http.register(async (pages) => {
      await servePages(pages, frameOf(deps.config), { production: deps.config.production })
      pages.setErrorHandler(answerWithPage)
      await pages.register(interactionPageRoutes(deps, engine))
    })
    await http.register(async (keys) => {
      // Public as they are, any site may read them.
      keys.addHook('onRequest', async (_request, reply) => {
        reply.header('access-control-allow-origin', '*')
      })
      await keys.register(signingKeyRoutes(deps), { prefix: '/oauth' })
    })
    await http.register(tokenInfoRoutes(deps, requireAccount(deps)))
    await http.register(engineRoutes(deps, engine))
  }
