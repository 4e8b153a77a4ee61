import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { ErrorReply, ErrorsReply } from '../../platform/http/replies.ts'
import { createAccount } from '../accounts/accounts.ts'
import { readAccount, viewOf } from './lookups.ts'
import { moveAccountIn } from './moving-in.ts'
import { AccountLookup, FoundAccountView, MovedAccount, NamedAccountView, NewAccount } from './schema.ts'

const tags = ['accounts']

/** Reading accounts. */
export const accountReadingRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/get',
      {
        schema: {
          summary: 'Get account and profile information',
          tags,
          body: AccountLookup,
          response: { 201: FoundAccountView, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => reply.code(201).send(await readAccount(deps, request.body)),
    )
  }

/** Making accounts. */
export const accountWritingRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Creates new account',
          description: 'The account waits for its e-mail to be confirmed; the link is mailed.',
          tags,
          body: NewAccount,
          response: { 201: NamedAccountView, 422: ErrorsReply },
        },
      },
      async (request, reply) => reply.code(201).send(await viewOf(deps, await createAccount(deps, request.body))),
    )
    http.post(
      '/import',
      {
        schema: {
          summary: 'Imports an existing account',
          description: 'The account is active at once. The password hash is replaced at the next sign-in.',
          tags,
          body: MovedAccount,
          response: { 201: NamedAccountView, 422: ErrorsReply },
        },
      },
      async (request, reply) => reply.code(201).send(await viewOf(deps, await moveAccountIn(deps, request.body))),
    )
  }
