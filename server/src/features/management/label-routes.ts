import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { recordAct } from '../audit/audit.ts'
import {
  changePrivateLabel,
  createPrivateLabel,
  deletePrivateLabel,
  labelView,
  listLabelsInForce,
} from '../labels/labels.ts'
import { LabelErrors, LabelView } from '../labels/schema.ts'
import { accountOf } from './lookups.ts'
import { AccountOnly, PrivateLabel, PrivateLabelKey } from './schema.ts'

const tags = ['labels']

/** Reading labels. */
export const labelReadingRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/list',
      {
        schema: {
          summary: 'Get all labels assigned to an account',
          tags,
          body: AccountOnly,
          response: { 201: Type.Array(LabelView), 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const account = await accountOf(deps, request.body.account_uid)
        await recordAct(deps, { action: 'management.labels_read', account_id: account.id })
        return reply.code(201).send((await listLabelsInForce(deps, account)).map(labelView))
      },
    )
  }

/** Changing private labels, from which an account's level follows. */
export const labelWritingRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: "Create a label with 'private' scope and assigns to account",
          tags,
          body: PrivateLabel,
          response: { 201: LabelView, 404: ErrorReply, 422: Type.Union([ErrorReply, LabelErrors]) },
        },
      },
      async (request, reply) => {
        const account = await accountOf(deps, request.body.account_uid)
        return reply.code(201).send(labelView(await createPrivateLabel(deps, account, request.body)))
      },
    )
    http.put(
      '/',
      {
        schema: {
          summary: "Update a label with 'private' scope",
          tags,
          body: PrivateLabel,
          response: { 200: LabelView, 404: ErrorReply, 422: Type.Union([ErrorReply, LabelErrors]) },
        },
      },
      async (request) => {
        const account = await accountOf(deps, request.body.account_uid)
        return labelView(await changePrivateLabel(deps, account, request.body))
      },
    )
    http.post(
      '/delete',
      {
        schema: {
          summary: "Delete a label with 'private' scope",
          tags,
          body: PrivateLabelKey,
          response: { 204: NoContent, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await deletePrivateLabel(deps, await accountOf(deps, request.body.account_uid), request.body.key)
        return reply.code(204).send(null)
      },
    )
  }
