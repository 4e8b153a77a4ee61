import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import {
  changeLabel,
  changePrivateLabel,
  createLabel,
  createPrivateLabel,
  deleteLabel,
  deletePrivateLabel,
  labelView,
  normalizeLabel,
} from '../labels/labels.ts'
import { LabelErrors, LabelView } from '../labels/schema.ts'
import { requirePermission } from '../permissions/permissions.ts'
import { targetOf } from './action-routes.ts'
import { AccountLabelKey, AccountLabelValue, AccountUid, NewAccountLabel, Reason } from './schema.ts'

const tags = ['accounts']
const refusals = { 400: ErrorReply, 403: ErrorReply, 404: ErrorReply }

/** Labels of an account, private ones too; levels, mails and events follow. */
export const accountLabelRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('accounts.change_labels'), 'before parameters')
    http.post(
      '/:uid/labels',
      {
        schema: {
          summary: 'Add a label',
          tags,
          params: AccountUid,
          body: NewAccountLabel,
          response: { 201: LabelView, ...refusals, 422: LabelErrors },
        },
      },
      async (request, reply) => {
        const { scope, reason, ...label } = request.body
        const account = await targetOf(deps, request, request.params.uid, reason)
        const create = scope === 'private' ? createPrivateLabel : createLabel
        return reply.code(201).send(labelView(await create(deps, account, label)))
      },
    )
    http.patch(
      '/:uid/labels/:scope/:key',
      {
        schema: {
          summary: 'Give a label another value',
          tags,
          params: AccountLabelKey,
          body: AccountLabelValue,
          response: { 200: LabelView, ...refusals, 422: LabelErrors },
        },
      },
      async (request) => {
        const { uid, scope, key } = request.params
        const { value, reason } = request.body
        const account = await targetOf(deps, request, uid, reason)
        if (scope === 'public') return labelView(await changeLabel(deps, account, key, value))
        return labelView(await changePrivateLabel(deps, account, { key: normalizeLabel(key), value }))
      },
    )
    http.post(
      '/:uid/labels/:scope/:key/delete',
      {
        schema: {
          summary: 'Remove a label',
          tags,
          params: AccountLabelKey,
          body: Reason,
          response: { 204: NoContent, ...refusals, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const { uid, scope, key } = request.params
        const account = await targetOf(deps, request, uid, request.body.reason)
        await (scope === 'private' ? deletePrivateLabel : deleteLabel)(deps, account, key)
        return reply.code(204).send(null)
      },
    )
  }
