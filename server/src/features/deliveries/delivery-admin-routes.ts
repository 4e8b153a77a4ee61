import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { listAndSearch } from '../../platform/http/searches.ts'
import { permittedRoutes } from '../permissions/permissions.ts'
import { type LoggedDelivery, readDelivery, readLog, replayDead, replayDelivery } from './deliveries.ts'
import { listMessages } from './event-store.ts'
import {
  Count,
  DeadReplay,
  DeliveryQuery,
  DeliveryView,
  DeliveryWithAttempts,
  Id,
  MessageQuery,
  MessageView,
} from './schema.ts'

const tags = ['events']

/** The log of deliveries for those who run the server. */
export const deliveryAdminRoutes = (deps: Deps): FastifyPluginAsyncTypebox =>
  permittedRoutes(['events.read', reading(deps)], ['events.replay', replaying(deps)])

const reading =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    const { get, post } = listAndSearch(
      {
        summary: 'List deliveries, newest first; dead letters are those of the state `dead`',
        tags,
        querystring: DeliveryQuery,
        response: { 200: Type.Array(DeliveryView), 404: ErrorReply, 422: ErrorReply },
      },
      'DeliverySearch',
    )
    http.get('/', get, async (request) => (await readLog(deps, request.query)).map(viewOf))
    http.post('/search', post, async (request) => (await readLog(deps, request.body)).map(viewOf))

    http.get(
      '/messages',
      {
        schema: {
          summary: 'List mails and SMS that were given up, or that wait',
          tags,
          querystring: MessageQuery,
          response: { 200: Type.Array(MessageView), 422: ErrorReply },
        },
      },
      async ({ query: { state, after, limit } }) => listMessages(deps.db, state === 'dead', after, limit),
    )

    http.get(
      '/:id',
      {
        schema: {
          summary: 'Show a delivery and how each attempt of it ended',
          tags,
          params: Id,
          response: { 200: DeliveryWithAttempts, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => {
        const { delivery, attempts } = await readDelivery(deps, request.params.id)
        return { ...viewOf(delivery), log: attempts }
      },
    )
  }

const replaying =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/replay_dead',
      {
        schema: {
          summary: 'Send again what was given up: at one destination, or everywhere, mails and SMS too',
          tags,
          body: DeadReplay,
          response: { 202: Count, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => reply.code(202).send({ count: await replayDead(deps, request.body.destination) }),
    )

    http.post(
      '/:id/replay',
      {
        schema: {
          summary: 'Send a delivery again that was made or given up',
          tags,
          params: Id,
          response: { 202: Count, 404: ErrorReply, 409: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await replayDelivery(deps, request.params.id)
        return reply.code(202).send({ count: 1 })
      },
    )
  }

const viewOf = (delivery: LoggedDelivery): DeliveryView => {
  const { delivered_at, failed_at } = delivery
  const isOpen = delivered_at === null && failed_at === null
  return {
    id: delivery.id,
    event: {
      id: delivery.event_id,
      event_id: delivery.message_id,
      name: delivery.name,
      account_uid: delivery.account_uid,
    },
    destination: delivery.endpoint_uid ?? delivery.destination,
    state: isOpen ? 'waiting' : delivered_at === null ? 'dead' : 'delivered',
    attempts: delivery.attempts,
    last_error: delivery.last_error,
    created_at: delivery.created_at,
    next_attempt_at: isOpen ? delivery.next_attempt_at : null,
    give_up_at: isOpen ? delivery.give_up_at : null,
    delivered_at,
    failed_at,
  }
}
