import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { listAndSearch } from '../../platform/http/searches.ts'
import { permittedRoutes } from '../permissions/permissions.ts'
import { readChain, readRecord, readRecords } from './review.ts'
import { ChainView, RecordId, RecordQuery, RecordView } from './schema.ts'
import { createVerifications, type Verifications } from './verifications.ts'

const tags = ['audit']

/** The audit log for those who review it. */
export const auditAdminRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    const verifications = createVerifications(deps)
    http.addHook('onClose', () => verifications[Symbol.asyncDispose]())
    const parts = permittedRoutes(
      ['activities.read', reading(deps, verifications)],
      ['activities.verify', verifying(deps, verifications)],
    )
    await http.register(parts)
  }

const reading =
  (deps: Deps, verifications: Verifications): FastifyPluginAsyncTypebox =>
  async (http) => {
    const { get, post } = listAndSearch(
      {
        summary: 'List records, newest first',
        tags,
        querystring: RecordQuery,
        response: { 200: Type.Array(RecordView), 422: ErrorReply },
      },
      'RecordSearch',
    )
    http.get('/records', get, async (request) => readRecords(deps, request.query))
    http.post('/records/search', post, async (request) => readRecords(deps, request.body))

    http.get(
      '/records/:id',
      {
        schema: {
          summary: 'Show a record',
          tags,
          params: RecordId,
          response: { 200: RecordView, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => readRecord(deps, request.params.id),
    )

    http.get(
      '/chain',
      {
        schema: {
          summary: 'Tell how far the log is chained and signed, and what its last verification found',
          tags,
          response: { 200: ChainView },
        },
      },
      async () => readChain(deps, verifications.running()),
    )
  }

const verifying =
  (deps: Deps, verifications: Verifications): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/verify',
      {
        schema: {
          summary: 'Verify the log in the background; what is found becomes a record of it, and stands in the chain',
          tags,
          response: { 202: ChainView, 409: ErrorReply },
        },
      },
      async (_request, reply) => {
        verifications.begin()
        return reply.code(202).send(await readChain(deps, true))
      },
    )
  }
