import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { permittedRoutes } from '../permissions/permissions.ts'
import {
  EndpointInput,
  EndpointPatch,
  EndpointSecret,
  EndpointUid,
  EndpointView,
  EndpointWithSecret,
  TestOutcome,
} from './schema.ts'
import {
  addEndpoint,
  changeEndpoint,
  readEndpoint,
  readEndpoints,
  removeEndpoint,
  rotateEndpointSecret,
  testEndpoint,
} from './webhooks.ts'

const tags = ['webhooks']
const params = EndpointUid

/** Webhook endpoints for those who run the server. */
export const webhookAdminRoutes = (deps: Deps): FastifyPluginAsyncTypebox =>
  permittedRoutes(['webhooks.read', reading(deps)], ['webhooks.write', writing(deps)])

const reading =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'List the endpoints, oldest first',
          tags,
          response: { 200: Type.Array(EndpointView) },
        },
      },
      async () => readEndpoints(deps),
    )

    http.get(
      '/:uid',
      {
        schema: {
          summary: 'Show an endpoint',
          tags,
          params,
          response: { 200: EndpointView, 404: ErrorReply },
        },
      },
      async (request) => readEndpoint(deps, request.params.uid),
    )
  }

const writing =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Add an endpoint; its secret is shown this once',
          tags,
          body: EndpointInput,
          response: { 201: EndpointWithSecret, 422: ErrorReply },
        },
      },
      async ({ body: { url, events = ['*'], description = '' } }, reply) => {
        const { endpoint, secret } = await addEndpoint(deps, { url, events, description })
        return reply.code(201).send({ ...endpoint, secret })
      },
    )

    http.patch(
      '/:uid',
      {
        schema: {
          summary: 'Change an endpoint, or switch it on or off',
          tags,
          params,
          body: EndpointPatch,
          response: { 200: EndpointView, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => changeEndpoint(deps, request.params.uid, request.body),
    )

    http.post(
      '/:uid/secret',
      {
        schema: {
          summary: 'Give an endpoint a new secret; the former one signs as well for a day',
          tags,
          params,
          response: { 201: EndpointSecret, 404: ErrorReply },
        },
      },
      async (request, reply) => reply.code(201).send(await rotateEndpointSecret(deps, request.params.uid)),
    )

    http.post(
      '/:uid/test',
      {
        schema: {
          summary: 'Post a test to an endpoint now, and tell how it was answered',
          tags,
          params,
          response: { 200: TestOutcome, 404: ErrorReply },
        },
      },
      async (request) => testEndpoint(deps, request.params.uid),
    )

    http.delete(
      '/:uid',
      {
        schema: {
          summary: 'Remove an endpoint with what is open for it and the log of its deliveries',
          tags,
          params,
          response: { 204: NoContent, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await removeEndpoint(deps, request.params.uid)
        return reply.code(204).send(null)
      },
    )
  }
