import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { addPasskey, listPasskeys, passkeyView, removePasskey, renamePasskey, startRegistration } from './passkeys.ts'
import { CreationOptions, NewPasskey, PasskeyId, PasskeyName, PasskeyView } from './schema.ts'

const tags = ['security']

/** The passkeys of an account; changes are for those who proved a moment ago who they are. */
export const passkeyRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      { schema: { summary: 'List the passkeys', tags, response: { 200: Type.Array(PasskeyView) } } },
      async (request) => listPasskeys(deps, callerOf(request).account),
    )
    http.post(
      '/options',
      {
        schema: {
          summary: 'Begin to add a passkey: what the browser is to make it by',
          tags,
          response: { 201: CreationOptions, 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => reply.code(201).send(await startRegistration(deps, callerOf(request))),
    )
    http.post(
      '/',
      {
        schema: {
          summary: 'Add the passkey that the browser made',
          description:
            'A passkey is a second factor from then on. With the first one all other sessions end and API keys are switched off.',
          tags,
          body: NewPasskey,
          response: { 201: PasskeyView, 400: ErrorReply, 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) =>
        reply.code(201).send(passkeyView(await addPasskey(deps, callerOf(request), request.body))),
    )
    http.put(
      '/:id',
      {
        schema: {
          summary: 'Give a passkey another name',
          tags,
          params: PasskeyId,
          body: PasskeyName,
          response: { 200: PasskeyView, 400: ErrorReply, 403: ErrorReply, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) =>
        passkeyView(await renamePasskey(deps, callerOf(request), request.params.id, request.body.name)),
    )
    http.delete(
      '/:id',
      {
        schema: {
          summary: 'Remove a passkey',
          description: 'All other sessions end, and API keys are switched off.',
          tags,
          params: PasskeyId,
          response: { 204: NoContent, 403: ErrorReply, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await removePasskey(deps, callerOf(request), request.params.id)
        return reply.code(204).send(null)
      },
    )
  }
