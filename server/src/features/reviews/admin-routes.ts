import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { requirePermission } from '../permissions/permissions.ts'
import { releaseCase } from '../review-cases/review-cases.ts'
import { claimReview, decide } from './deciding.ts'
import { caseDetail, queue, queueCounts } from './reviews.ts'
import { CaseDetail, CaseId, CaseView, NewDecision, QueueCounts, QueueQuery } from './schema.ts'

const tags = ['reviews']
const params = CaseId
const refusals = { 403: ErrorReply, 404: ErrorReply, 409: ErrorReply, 422: ErrorReply }

/** The queue of those whose documents wait to be looked at, for officers. */
export const reviewAdminRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    await http.register(reading(deps))
    await http.register(claiming(deps))
  }

const reading =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('reviews.read'), 'before parameters')
    http.get(
      '/',
      {
        schema: {
          summary: 'List the open cases, those who wait longest first',
          tags,
          querystring: QueueQuery,
          response: { 200: Type.Array(CaseView), 422: ErrorReply },
        },
      },
      async (request) => queue(deps, callerOf(request).account, request.query),
    )
    http.get(
      '/counts',
      { schema: { summary: 'Count the open cases by their age', tags, response: { 200: QueueCounts } } },
      async () => queueCounts(deps),
    )
    http.get(
      '/:id',
      {
        schema: {
          summary: 'Show a case: what the person stated, their documents and earlier decisions',
          tags,
          params,
          response: { 200: CaseDetail, 404: ErrorReply },
        },
      },
      async (request) => caseDetail(deps, callerOf(request).account, request.params.id),
    )
  }

const claiming =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('reviews.decide'), 'before parameters')
    http.post(
      '/:id/claim',
      {
        schema: {
          summary: 'Take a case for a quarter of an hour, or for another one',
          tags,
          params,
          response: { 200: CaseDetail, ...refusals },
        },
      },
      async (request) => {
        const { account } = callerOf(request)
        await claimReview(deps, account, request.params.id)
        return caseDetail(deps, account, request.params.id)
      },
    )
    http.delete(
      '/:id/claim',
      { schema: { summary: 'Give a case back', tags, params, response: { 204: NoContent } } },
      async (request, reply) => {
        await releaseCase(deps, callerOf(request).account, request.params.id)
        return reply.code(204).send(null)
      },
    )
  }

/** Decisions; stands behind a guard that asks for the password again from time to time. */
export const reviewDecisionRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('reviews.decide'), 'before parameters')
    http.post(
      '/:id/decision',
      {
        schema: {
          summary: 'Decide a case: approve, reject, or ask for more',
          tags,
          params,
          body: NewDecision,
          response: { 200: CaseDetail, ...refusals },
        },
      },
      async (request) => {
        const { account } = callerOf(request)
        await decide(deps, account, request.params.id, request.body)
        return caseDetail(deps, account, request.params.id)
      },
    )
  }
