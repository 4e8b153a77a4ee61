import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, Nothing, sendJson } from '../../platform/http/replies.ts'
import { createProfile, readProfile } from './profiles.ts'
import { NewProfile, ProfileView } from './schema.ts'

const tags = ['profiles']

/** Who the account holder is. */
export const profileRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/me',
      {
        schema: {
          summary: 'Return profile of current resource owner',
          tags,
          response: { 200: ProfileView, 404: ErrorReply },
        },
      },
      async (request) => readProfile(deps, callerOf(request).account),
    )
    http.post(
      '/',
      {
        schema: {
          summary: 'Create a profile for current_account',
          tags,
          body: NewProfile,
          response: { 201: Nothing, 400: ErrorReply, 409: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await createProfile(deps, callerOf(request).account, request.body)
        return sendJson(reply, 201, null)
      },
    )
  }
