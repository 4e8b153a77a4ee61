import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { changeLabel, createLabel, deleteLabel, labelView, listLabelsInForce, readLabel } from './labels.ts'
import { LabelErrors, LabelKey, LabelValue, LabelView, NewLabel } from './schema.ts'

const tags = ['labels']

/** An account's own labels. */
export const labelRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      { schema: { summary: 'List all labels for current account.', tags, response: { 200: Type.Array(LabelView) } } },
      async (request) => (await listLabelsInForce(deps, callerOf(request).account)).map(labelView),
    )
    http.get(
      '/:key',
      {
        schema: {
          summary: 'Return a label by key.',
          tags,
          params: LabelKey,
          response: { 200: LabelView, 400: ErrorReply, 404: ErrorReply },
        },
      },
      async (request) => labelView(await readLabel(deps, callerOf(request).account, request.params.key)),
    )
    http.post(
      '/',
      {
        schema: {
          summary: "Create a label with 'public' scope.",
          tags,
          body: NewLabel,
          response: { 201: LabelView, 400: ErrorReply, 422: LabelErrors },
        },
      },
      async (request, reply) =>
        reply.code(201).send(labelView(await createLabel(deps, callerOf(request).account, request.body))),
    )
    http.patch(
      '/:key',
      {
        schema: {
          summary: "Update a label with 'public' scope.",
          tags,
          params: LabelKey,
          body: LabelValue,
          response: { 200: LabelView, 400: ErrorReply, 404: ErrorReply, 422: LabelErrors },
        },
      },
      async (request) =>
        labelView(await changeLabel(deps, callerOf(request).account, request.params.key, request.body.value)),
    )
    http.delete(
      '/:key',
      {
        schema: {
          summary: "Delete a label with 'public' scope.",
          tags,
          params: LabelKey,
          response: { 204: NoContent, 400: ErrorReply, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await deleteLabel(deps, callerOf(request).account, request.params.key)
        return reply.code(204).send(null)
      },
    )
  }
