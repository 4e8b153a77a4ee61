import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { KEYS_CACHED } from './signing-keys.ts'

const JwkSet = Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) })

/** The public keys that verify our tokens (RFC 7517, section 5). */
export const signingKeyRoutes =
  ({ keys }: Pick<Deps, 'keys'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/discovery/keys',
      { schema: { summary: 'Public keys that verify tokens', tags: ['oauth'], response: { 200: JwkSet } } },
      async (_request, reply) => reply.header('cache-control', `public, max-age=${KEYS_CACHED}`).send(keys.jwks()),
    )
  }
