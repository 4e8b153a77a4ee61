import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, sendJson, TokenReply } from '../../platform/http/replies.ts'
import { Renewal, SignIn } from './schema.ts'
import { renew, signIn } from './sessions.ts'

/** Signing in; open to strangers. */
export const signInRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Start a new session',
          tags: ['sessions'],
          body: SignIn,
          response: { 201: TokenReply, 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => sendJson(reply, 201, await signIn(deps, request.body)),
    )
  }

/** Renewing a session. */
export const renewRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/renew',
      {
        schema: {
          summary: 'Renews JWT if current JWT is valid',
          tags: ['security'],
          body: Renewal,
          response: { 201: TokenReply, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => sendJson(reply, 201, await renew(deps, callerOf(request), request.body.expires_in)),
    )
  }
