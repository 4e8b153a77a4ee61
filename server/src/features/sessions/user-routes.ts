import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, NeverAnswered, NoContent, sendJson, TokenReply } from '../../platform/http/replies.ts'
import { keyShown, type NameRequest } from '../key-proofs/key-proofs.ts'
import { RequestOptions } from '../passkeys/schema.ts'
import {
  Confirmation,
  Freshness,
  PasskeySignIn,
  Renewal,
  SecondFactorReply,
  SessionId,
  SessionView,
  SignIn,
} from './schema.ts'
import {
  boundKeyOf,
  confirmationOptions,
  confirmSession,
  endFormer,
  endOtherSessions,
  endSession,
  listSessions,
  passkeySignInOptions,
  type RenewBrowser,
  renew,
  signIn,
  signInByPasskey,
} from './sessions.ts'

const BINDING = 'With a `DPoP` header (RFC 9449) the token is bound to the key of its proof.'

/** Signing in; open to strangers. `name` tells what proofs of keys are for. */
export const signInRoutes =
  (deps: Deps, name: NameRequest): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Start a new session',
          description: BINDING,
          tags: ['sessions'],
          body: SignIn,
          response: {
            201: TokenReply,
            400: ErrorReply,
            401: ErrorReply,
            403: SecondFactorReply,
            404: NeverAnswered,
            422: ErrorReply,
          },
        },
      },
      async (request, reply) => {
        const proof = keyShown(deps, name(request))
        const token = await signIn(deps, { ...request.body, proof })
        await endFormer(deps, request.headers.authorization)
        return sendJson(reply, 201, token)
      },
    )
    http.post(
      '/passkey/options',
      {
        schema: {
          summary: 'Begin to sign in by a passkey alone: what the browser is to have signed(no auth)',
          tags: ['sessions'],
          response: { 201: RequestOptions },
        },
      },
      async (_request, reply) => reply.code(201).send(await passkeySignInOptions(deps)),
    )
    http.post(
      '/passkey',
      {
        schema: {
          summary: 'Start a new session by a passkey alone',
          description: BINDING,
          tags: ['sessions'],
          body: PasskeySignIn,
          response: { 201: TokenReply, 400: ErrorReply, 401: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const proof = keyShown(deps, name(request))
        const token = await signInByPasskey(deps, { ...request.body, proof })
        await endFormer(deps, request.headers.authorization)
        return sendJson(reply, 201, token)
      },
    )
  }

/** Renewing a session. `name` tells what proofs of keys are for. */
export const renewRoutes =
  (deps: Deps, name: NameRequest): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/renew',
      {
        schema: {
          summary: 'Renews JWT if current JWT is valid',
          description:
            'A token that is bound to a key is renewed by one that is bound to the same key. Where all tokens of its application are bound, one that is not is renewed by whoever shows a key.',
          tags: ['security'],
          body: Renewal,
          response: { 201: TokenReply, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const caller = callerOf(request)
        // The guard saw the proof of a token that is bound already.
        const proof = boundKeyOf(caller.session) === null ? keyShown(deps, name(request)) : undefined
        return sendJson(reply, 201, await renew(deps, caller, { ...request.body, proof }))
      },
    )
  }

/** What is to be done with a browser whose person proved once more who they are. */
interface BrowserRenewal {
  renew: RenewBrowser
  /** Tells the browser, when it is done. */
  tell(reply: FastifyReply): void
}

/** Proving once more who one is, before dangerous changes. */
export const confirmationRoutes =
  (deps: Deps, renewalOf: (request: FastifyRequest) => BrowserRenewal): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/confirm_options',
      {
        schema: {
          summary: 'What the browser is to have a passkey sign to confirm this session',
          tags: ['security'],
          response: { 201: RequestOptions },
        },
      },
      async (request, reply) => reply.code(201).send(await confirmationOptions(deps, callerOf(request))),
    )
    http.post(
      '/confirm',
      {
        schema: {
          summary: 'Confirm the password, so that this session may make dangerous changes for some minutes',
          tags: ['security'],
          body: Confirmation,
          response: { 201: Freshness, 400: ErrorReply, 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const browser = renewalOf(request)
        const confirmed = await confirmSession(deps, callerOf(request), request.body, browser.renew)
        browser.tell(reply)
        return reply.code(201).send(confirmed)
      },
    )
  }

/** The sessions an account has open, and their end. */
export const sessionRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'List the sessions that are open, the youngest first',
          tags: ['sessions'],
          response: { 200: Type.Array(SessionView) },
        },
      },
      async (request) => listSessions(deps, callerOf(request)),
    )
    http.delete(
      '/',
      { schema: { summary: 'End all sessions but this one', tags: ['sessions'], response: { 204: NoContent } } },
      async (request, reply) => {
        await endOtherSessions(deps, callerOf(request))
        return reply.code(204).send(null)
      },
    )
    http.delete(
      '/:id',
      {
        schema: {
          summary: 'End a session',
          tags: ['sessions'],
          params: SessionId,
          response: { 204: NoContent, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await endSession(deps, callerOf(request), request.params.id)
        return reply.code(204).send(null)
      },
    )
  }
