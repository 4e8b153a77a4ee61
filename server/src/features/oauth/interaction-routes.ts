import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { defineErrors } from '../../lib/errors.ts'
import { fieldOf, isForeign } from '../../platform/http/pages.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { RequestOptions } from '../passkeys/schema.ts'
import { setCookie } from './browser-cookies.ts'
import { type Engine, exchangeOf } from './engine.ts'
import {
  InteractionId,
  InteractionProgress,
  InteractionView,
  PasskeyStep,
  PasswordStep,
  SecondFactorStep,
} from './interaction-schema.ts'
import {
  interactionPasskeyOptions,
  type SignInProgress,
  submitPasskey,
  submitPassword,
  submitSecondFactor,
} from './interaction-sign-in.ts'
import { consent, decline, type InteractionNeeds, readInteraction } from './interactions.ts'

const errors = defineErrors('interactions', { foreignSite: [403, 'This was sent from another site'] })

const tags = ['interactions']
const refusals = { 400: ErrorReply, 403: ErrorReply, 404: ErrorReply, 409: ErrorReply }

/** The steps of signing in and consenting for pages of one's own; the same as behind our pages. */
export const interactionRoutes =
  (needs: InteractionNeeds, engine: Engine): FastifyPluginAsyncTypebox =>
  async (http) => {
    const exchangeFor = (request: FastifyRequest, reply: FastifyReply) =>
      exchangeOf(engine, request.raw, reply.raw, fieldOf(request.params, 'id'))
    const goOn = (reply: FastifyReply, { redirect_to, session }: SignInProgress) => {
      setCookie(needs, reply, 'session', session)
      return { redirect_to }
    }
    http.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store')
      if (isForeign(request)) throw errors.foreignSite()
    })
    http.get(
      '/:id',
      {
        schema: {
          summary: 'What a person who signs in at an application is asked now',
          description: 'For the browser that was sent to sign in, which its cookie proves.',
          tags,
          params: InteractionId,
          response: { 200: InteractionView, 404: ErrorReply },
        },
      },
      async (request, reply) => readInteraction(needs, exchangeFor(request, reply)),
    )
    http.post(
      '/:id/sign_in',
      {
        schema: {
          summary: 'Hand in e-mail and password',
          tags,
          params: InteractionId,
          body: PasswordStep,
          response: { 200: InteractionProgress, ...refusals, 401: ErrorReply },
        },
      },
      async (request, reply) => {
        const progress = await submitPassword(needs, exchangeFor(request, reply), csrfOf(request), request.body)
        return progress ? goOn(reply, progress) : { step: 'second_factor' as const }
      },
    )
    http.post(
      '/:id/second_factor',
      {
        schema: {
          summary: 'Hand in the code of the second factor',
          tags,
          params: InteractionId,
          body: SecondFactorStep,
          response: { 200: InteractionProgress, ...refusals, 401: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const { code } = request.body
        return goOn(reply, await submitSecondFactor(needs, exchangeFor(request, reply), csrfOf(request), code))
      },
    )
    http.post(
      '/:id/passkey_options',
      {
        schema: {
          summary: 'What the browser is to have a passkey sign: in place of the password, or after it as second factor',
          tags,
          params: InteractionId,
          response: { 200: RequestOptions, ...refusals },
        },
      },
      async (request, reply) => interactionPasskeyOptions(needs, exchangeFor(request, reply), csrfOf(request)),
    )
    http.post(
      '/:id/passkey',
      {
        schema: {
          summary: 'Hand in what the passkey signed',
          tags,
          params: InteractionId,
          body: PasskeyStep,
          response: { 200: InteractionProgress, ...refusals, 401: ErrorReply },
        },
      },
      async (request, reply) => {
        const { credential } = request.body
        return goOn(reply, await submitPasskey(needs, exchangeFor(request, reply), csrfOf(request), credential))
      },
    )
    const answers = { params: InteractionId, response: { 200: InteractionProgress, ...refusals } }
    http.post(
      '/:id/consent',
      { schema: { summary: 'Let the application do what it asked for', tags, ...answers } },
      async (request, reply) => ({
        redirect_to: await consent(needs, exchangeFor(request, reply), csrfOf(request)),
      }),
    )
    http.post(
      '/:id/decline',
      { schema: { summary: 'Send the application away', tags, ...answers } },
      async (request, reply) => ({
        redirect_to: await decline(needs, exchangeFor(request, reply), csrfOf(request)),
      }),
    )
  }

/** A header that only scripts of our own origin can set. */
const csrfOf = ({ headers }: FastifyRequest): string => String(headers['x-csrf-token'] ?? '')
