import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import { actBecause } from '../../platform/acting/acting.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { requirePermission } from '../permissions/permissions.ts'
import { ALGORITHMS } from './key-pairs.ts'
import { rotateSigningKeys } from './rotation.ts'
import { Rotation, SigningKeyView } from './schema.ts'
import { listSigningKeys } from './store.ts'

const tags = ['keys']

/** The keys that sign tokens, without what is secret of them. */
export const keyAdminRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('keys.read'), 'before parameters')
    http.get(
      '/',
      {
        schema: {
          summary: 'List the keys that sign tokens, newest first',
          tags,
          response: { 200: Type.Array(SigningKeyView) },
        },
      },
      async () => listKeys(deps),
    )
  }

/** Making new keys; stands behind a guard that asks for the password again. */
export const keyRotationRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('keys.rotate'), 'before parameters')
    http.post(
      '/rotation',
      {
        schema: {
          summary: 'Make successors of all keys, or of one algorithm’s; they are published now and sign later',
          tags,
          body: Rotation,
          response: { 201: Type.Array(SigningKeyView), 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        actBecause(request.body.reason)
        await rotateSigningKeys(deps, request.body.algorithm)
        await deps.keys.refresh()
        return reply.code(201).send(await listKeys(deps))
      },
    )
  }

async function listKeys({ db, clock, keys }: Pick<Deps, 'db' | 'clock' | 'keys'>) {
  const now = iso(clock.now())
  return (await listSigningKeys(db)).map(({ kid, algorithm, created_at, active_from }) => ({
    kid,
    algorithm,
    state: active_from > now ? 'published' : (stateOf(keys, kid, algorithm) ?? 'verifying'),
    created_at: isoSeconds(created_at),
    active_from: isoSeconds(active_from),
  }))
}

function stateOf(keys: Deps['keys'], kid: string, algorithm: string): 'signing' | undefined {
  const known = ALGORITHMS.find((each) => each === algorithm)
  return known !== undefined && keys.current(known).kid === kid ? 'signing' : undefined
}
