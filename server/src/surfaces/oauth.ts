import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { engineRoutes } from '../features/oauth/engine-routes.ts'
import { interactionRoutes } from '../features/oauth/interaction-routes.ts'
import { createProvider } from '../features/oauth/provider.ts'
import { signingKeyRoutes } from '../features/signing-keys/routes.ts'
import { servePages } from '../platform/http/pages.ts'
import { frameOf } from './frame.ts'
import { answerWithPage } from './web.ts'

/** Signing in at other applications: the engine, its pages, and the keys that relying parties read. */
export const oauth =
  (deps: Deps) =>
  async (http: FastifyInstance): Promise<void> => {
    const frame = frameOf(deps.config)
    let provider = createProvider(deps, frame)
    deps.keys.onChange(() => {
      provider = createProvider(deps, frame)
    })
    await http.register(async (pages) => {
      await servePages(pages, frame, { production: deps.config.production })
      pages.setErrorHandler(answerWithPage)
      await pages.register(interactionRoutes(deps, () => provider))
    })
    await http.register(signingKeyRoutes(deps), { prefix: '/oauth' })
    await http.register(engineRoutes(() => provider))
  }
