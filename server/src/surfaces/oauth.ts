import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { signingKeyRoutes } from '../features/signing-keys/routes.ts'

/** What relying parties read, below `/oauth`. */
export const oauth =
  (deps: Deps) =>
  async (http: FastifyInstance): Promise<void> => {
    await http.register(signingKeyRoutes(deps))
  }
