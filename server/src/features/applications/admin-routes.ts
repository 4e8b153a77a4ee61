import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { isoSeconds } from '../../lib/clock.ts'
import type { Application } from '../../platform/db/schema.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { permittedRoutes } from '../permissions/permissions.ts'
import {
  changeApplication,
  createApplication,
  deleteApplication,
  listApplications,
  readApplication,
  registeredKeys,
  rotateSecret,
} from './applications.ts'
import { resourcesOf } from './resources.ts'
import {
  ApplicationInput,
  ApplicationPatch,
  ApplicationSecret,
  ApplicationUid,
  ApplicationView,
  ApplicationWithSecret,
} from './schema.ts'

const tags = ['applications']
const params = ApplicationUid

/** Applications for those who run the server. */
export const applicationAdminRoutes = (deps: Deps): FastifyPluginAsyncTypebox =>
  permittedRoutes(['applications.read', reading(deps)], ['applications.write', writing(deps)])

const reading =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      { schema: { summary: 'List the applications', tags, response: { 200: Type.Array(ApplicationView) } } },
      async () => (await listApplications(deps.db)).map(viewOf),
    )
    http.get(
      '/:uid',
      { schema: { summary: 'Show an application', tags, params, response: { 200: ApplicationView, 404: ErrorReply } } },
      async (request) => viewOf(await readApplication(deps, request.params.uid)),
    )
  }

const writing =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Register an application; its secret is shown this once, unless it has keys instead',
          tags,
          body: ApplicationInput,
          response: { 201: ApplicationWithSecret, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const { application, secret } = await createApplication(deps, {
          ...changeOf(request.body),
          name: request.body.name,
          redirect_uri: request.body.redirect_uris?.join('\n') ?? '',
          public: request.body.public,
        })
        return reply.code(201).send({ ...viewOf(application), ...(secret === undefined ? {} : { secret }) })
      },
    )
    http.patch(
      '/:uid',
      {
        schema: {
          summary: 'Change an application',
          tags,
          params,
          body: ApplicationPatch,
          response: { 200: ApplicationView, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => viewOf(await changeApplication(deps, request.params.uid, changeOf(request.body))),
    )
    http.post(
      '/:uid/secret',
      {
        schema: {
          summary: 'Give an application a new secret; the old one is void at once',
          tags,
          params,
          response: { 201: ApplicationSecret, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => reply.code(201).send({ secret: await rotateSecret(deps, request.params.uid) }),
    )
    http.delete(
      '/:uid',
      {
        schema: {
          summary: 'Remove an application; the tokens it holds are void at once',
          tags,
          params,
          response: { 204: NoContent, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await deleteApplication(deps, request.params.uid)
        return reply.code(204).send(null)
      },
    )
  }

const changeOf = ({ redirect_uris, scopes, resources, grant_types, ...rest }: ApplicationPatch) => ({
  ...rest,
  redirect_uri: redirect_uris?.join('\n'),
  scopes: scopes?.join(' '),
  resources: resources?.join(' '),
  grant_types: grant_types?.join(' '),
})

const words = <T extends string>(text: string, known: readonly T[]): T[] =>
  known.filter((word) => text.split(' ').includes(word))

const viewOf = (application: Application): ApplicationView => ({
  uid: application.uid,
  name: application.name,
  redirect_uris: application.redirect_uri === '' ? [] : application.redirect_uri.split('\n'),
  scopes: words(application.scopes, ApplicationView.properties.scopes.items.enum),
  resources: [...resourcesOf(application.resources)],
  grant_types: words(application.grant_types, ApplicationView.properties.grant_types.items.enum),
  skipauth: application.consent_skipped_at !== null,
  pkce_required: application.pkce_waived_at === null,
  dpop_bound_access_tokens: application.tokens_bound_at !== null,
  public: application.auth_method === 'none',
  token_endpoint_auth_method: AUTH_METHODS.find((known) => known === application.auth_method) ?? 'client_secret_basic',
  jwks: viewOfKeys(application),
  jwks_uri: application.jwks_uri,
  token_algorithm: TOKEN_ALGORITHMS.find((known) => known === application.token_algorithm) ?? null,
  access_token_lifetime: application.access_token_lifetime,
  refresh_token_lifetime: application.refresh_token_lifetime,
  created_at: isoSeconds(application.created_at),
  updated_at: isoSeconds(application.updated_at),
})

const viewOfKeys = (application: Application): ApplicationView['jwks'] => {
  const set = registeredKeys(application)
  return set === undefined ? null : { keys: [...set.keys] }
}

const AUTH_METHODS = ['client_secret_basic', 'private_key_jwt', 'none'] as const
const TOKEN_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
