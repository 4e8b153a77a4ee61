import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { isoSeconds } from '../../lib/clock.ts'
import type { ApiKey } from '../../platform/db/schema.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { keyShown, type NameRequest } from '../key-proofs/key-proofs.ts'
import { TotpCode } from '../two-factor/schema.ts'
import {
  apiKeyState,
  changeApiKey,
  createApiKey,
  deleteApiKey,
  readApiKey,
  rulesView,
  tokenExchange,
} from './api-keys.ts'
import {
  ApiKeyPatch,
  ApiKeyQuestion,
  ApiKeyState,
  ApiKeyUid,
  ApiKeyView,
  ClientToken,
  NewApiKey,
  SessionToken,
} from './schema.ts'
import { listApiKeys } from './store.ts'

const tags = ['api_keys']
const refusals = { 400: ErrorReply, 422: ErrorReply }
const ofOne = { ...refusals, 404: ErrorReply }

/** An account's own keys; stands behind the guards of the account and of a one-time code. */
export const apiKeyRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'List all api keys for current account.',
          tags,
          querystring: TotpCode,
          response: { 200: Type.Array(ApiKeyView), ...refusals },
        },
      },
      async (request) => (await listApiKeys(deps.db, callerOf(request).account.id)).map(view),
    )
    http.get(
      '/:uid',
      {
        schema: {
          summary: 'Return an api key by uid',
          tags,
          params: ApiKeyUid,
          querystring: TotpCode,
          response: { 200: ApiKeyView, ...ofOne },
        },
      },
      async (request) => view(await readApiKey(deps, callerOf(request).account, request.params.uid)),
    )
    http.post(
      '/',
      { schema: { summary: 'Create an api key', tags, body: NewApiKey, response: { 201: ApiKeyView, ...refusals } } },
      async (request, reply) => reply.code(201).send(view(await createApiKey(deps, callerOf(request), request.body))),
    )
    http.patch(
      '/:uid',
      {
        schema: {
          summary: 'Updates an api key',
          tags,
          params: ApiKeyUid,
          body: ApiKeyPatch,
          response: { 200: ApiKeyView, ...ofOne },
        },
      },
      async (request) => view(await changeApiKey(deps, callerOf(request), request.params.uid, request.body)),
    )
    http.delete(
      '/:uid',
      {
        schema: {
          summary: 'Delete an api key',
          tags,
          params: ApiKeyUid,
          querystring: TotpCode,
          response: { 204: NoContent, ...ofOne },
        },
      },
      async (request, reply) => {
        await deleteApiKey(deps, callerOf(request), request.params.uid)
        return reply.code(204).send(null)
      },
    )
  }

/** Asking whether a key is in use; open to strangers. */
export const apiKeyStateRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/verify_api_key',
      {
        schema: {
          summary: 'Verify API key',
          tags: ['security'],
          body: ApiKeyQuestion,
          response: { 200: ApiKeyState, ...ofOne },
        },
      },
      async (request) => ({ state: await apiKeyState(deps, request.body) }),
    )
  }

/** Signing in with an API key; open to strangers. `name` tells what proofs of keys are for. */
export const tokenExchangeRoutes =
  (deps: Deps, name: NameRequest): FastifyPluginAsyncTypebox =>
  async (http) => {
    const exchange = tokenExchange(deps)
    http.post(
      '/generate_jwt',
      {
        schema: {
          summary: 'Validates client jwt and generates peatio session jwt',
          description: 'With a `DPoP` header (RFC 9449) the token is bound to the key of its proof.',
          tags: ['sessions'],
          body: ClientToken,
          response: { 200: SessionToken, 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 404: ErrorReply },
        },
      },
      async (request) => ({
        token: await exchange({ ...request.body, proof: keyShown(deps, name(request)) }),
      }),
    )
  }

const view = (key: ApiKey): ApiKeyView => ({
  uid: key.uid,
  public_key: key.public_key,
  scopes: key.scopes,
  expires_in: key.expires_in,
  state: key.state,
  created_at: isoSeconds(key.created_at),
  updated_at: isoSeconds(key.updated_at),
  ...rulesView(key),
})
