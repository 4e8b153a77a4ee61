import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, parseIso } from '../../lib/clock.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { listAndSearch } from '../../platform/http/searches.ts'
import { permittedRoutes } from '../permissions/permissions.ts'
import { readHealth, replayEvent, replayEvents } from './deliveries.ts'
import { readEvent, readEvents } from './event-log.ts'
import { Count, EventQuery, EventReplay, EventView, HealthView, Id, SpanReplay } from './schema.ts'

const tags = ['events']

/** The log of events for those who run the server. */
export const eventAdminRoutes = (deps: Deps): FastifyPluginAsyncTypebox =>
  permittedRoutes(['events.read', reading(deps)], ['events.replay', replaying(deps)])

const reading =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    const { get, post } = listAndSearch(
      {
        summary: 'List the events of the log, newest first',
        description: 'What they say is personal data and is not told here.',
        tags,
        querystring: EventQuery,
        response: { 200: Type.Array(EventView), 422: ErrorReply },
      },
      'EventSearch',
    )
    http.get('/', get, async (request) => readEvents(deps, request.query))
    http.post('/search', post, async (request) => readEvents(deps, request.body))

    http.get(
      '/health',
      {
        schema: {
          summary: 'Tell how far behind deliveries are, and how much was given up',
          tags,
          response: { 200: HealthView },
        },
      },
      async () => readHealth(deps),
    )

    http.get(
      '/:id',
      {
        schema: {
          summary: 'Show an event of the log',
          tags,
          params: Id,
          response: { 200: EventView, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => readEvent(deps, request.params.id),
    )
  }

const replaying =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/replay',
      {
        schema: {
          summary: 'Send a span of the log to a destination again, in its order',
          tags,
          body: SpanReplay,
          response: { 202: Count, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async ({ body: { destination, since, until } }, reply) => {
        const end = until === undefined ? deps.clock.now() : parseIso(until)
        const count = await replayEvents(deps, destination, { since: iso(parseIso(since)), until: iso(end) })
        return reply.code(202).send({ count })
      },
    )

    http.post(
      '/:id/replay',
      {
        schema: {
          summary: 'Send an event to a destination, whether it has had it or not',
          tags,
          params: Id,
          body: EventReplay,
          response: { 202: Count, 404: ErrorReply, 409: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await replayEvent(deps, request.params.id, request.body.destination)
        return reply.code(202).send({ count: 1 })
      },
    )
  }
