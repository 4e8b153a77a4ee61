import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, NoContent, Nothing, sendJson } from '../../platform/http/replies.ts'
import { cancelEmailChange, confirmEmailChange, readEmailChange, requestEmailChange } from './accounts.ts'
import { EmailChangeOutcome, EmailChangeToken, EmailChangeView, EmailOnly } from './schema.ts'

const tags = ['accounts']

/** Another e-mail address, for those who proved a moment ago who they are. */
export const emailChangeRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Ask for another e-mail address',
          description: 'Mails a link to the present and one to the new address; both must be followed within a day.',
          tags,
          body: EmailOnly,
          response: { 201: Nothing, 400: ErrorReply, 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await requestEmailChange(deps, callerOf(request), request.body.email)
        return sendJson(reply, 201, null)
      },
    )
    http.get(
      '/',
      {
        schema: {
          summary: 'The change of the e-mail address that waits for an answer',
          tags,
          response: { 200: EmailChangeView, 404: ErrorReply },
        },
      },
      async (request) => readEmailChange(deps, callerOf(request).account),
    )
    http.delete(
      '/',
      {
        schema: {
          summary: 'Call the change of the e-mail address off',
          tags,
          response: { 204: NoContent, 403: ErrorReply, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await cancelEmailChange(deps, callerOf(request))
        return reply.code(204).send(null)
      },
    )
  }

/** What the mails of such a change lead to; open to strangers. */
export const emailConfirmationRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/confirm',
      {
        schema: {
          summary: 'Agree to a change of the e-mail address(no auth)',
          tags,
          body: EmailChangeToken,
          response: { 201: EmailChangeOutcome, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const changed = await confirmEmailChange(deps, request.body.email_change_token)
        return reply.code(201).send({ changed })
      },
    )
  }
