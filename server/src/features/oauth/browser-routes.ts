import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isForeign } from '../../platform/http/pages.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { keyShown, type NameRequest } from '../key-proofs/key-proofs.ts'
import { RequestOptions } from '../passkeys/schema.ts'
import { cookiesOf, setCookie } from './browser-cookies.ts'
import { BrowserProgress, BrowserToken } from './browser-schema.ts'
import {
  browserPasskeyOptions,
  completeBrowserSignIn,
  signInBrowser,
  signInBrowserByPasskey,
  signOutBrowser,
  tokenOfBrowser,
} from './browser-sign-in.ts'
import { PasskeyStep, PasswordStep, SecondFactorStep } from './interaction-schema.ts'

const errors = defineErrors('browser', {
  foreign: [403, 'This was not sent by a script of a page of this server'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'limits' | 'keys'>

const tags = ['sessions']
const refusals = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply }
const description = 'For scripts of pages of this server: with `Content-Type: application/json` or `X-Requested-With`.'

/** Signing the browser itself in and out, by the cookie that signs people in at applications too. */
export const browserSessionRoutes =
  (needs: Needs): FastifyPluginAsyncTypebox =>
  async (http) => {
    keepToOwnPages(http)
    http.post(
      '/',
      {
        schema: {
          summary: 'Sign this browser in with e-mail and password',
          description,
          tags,
          body: PasswordStep,
          response: { 200: BrowserProgress, ...refusals },
        },
      },
      async (request, reply) => {
        const outcome = await signInBrowser(needs, cookiesOf(needs, request), request.body)
        if ('pending' in outcome) {
          setCookie(needs, reply, 'pending', outcome.pending)
          return { step: 'second_factor' as const }
        }
        setCookie(needs, reply, 'session', outcome.session)
        return { step: 'signed_in' as const }
      },
    )
    http.post(
      '/second_factor',
      {
        schema: {
          summary: 'Hand in the code of the second factor after the password',
          description,
          tags,
          body: SecondFactorStep,
          response: { 200: BrowserProgress, ...refusals, 409: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const cookies = cookiesOf(needs, request)
        setCookie(needs, reply, 'session', await completeBrowserSignIn(needs, cookies, request.body.code))
        setCookie(needs, reply, 'pending')
        return { step: 'signed_in' as const }
      },
    )
    await http.register(passkeyRoutes(needs))
    http.delete(
      '/',
      {
        schema: { summary: 'Sign this browser out', description, tags, response: { 204: NoContent, 403: ErrorReply } },
      },
      async (request, reply) => {
        await signOutBrowser(needs, cookiesOf(needs, request))
        setCookie(needs, reply, 'session')
        // What the browser keeps of its pages besides cookies goes as well (W3C Clear Site Data).
        return reply.code(204).header('clear-site-data', '"cache", "storage"').send(null)
      },
    )
  }

/** Signing the browser in by a passkey: after the password as second factor, or without one. */
const passkeyRoutes =
  (needs: Needs): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/passkey_options',
      {
        schema: {
          summary: 'What the browser is to have a passkey sign: in place of the password, or after it as second factor',
          description,
          tags,
          response: { 200: RequestOptions, 403: ErrorReply },
        },
      },
      async (request) => browserPasskeyOptions(needs, cookiesOf(needs, request)),
    )
    http.post(
      '/passkey',
      {
        schema: {
          summary: 'Sign this browser in with what the passkey signed',
          description,
          tags,
          body: PasskeyStep,
          response: { 200: BrowserProgress, ...refusals },
        },
      },
      async (request, reply) => {
        const cookies = cookiesOf(needs, request)
        setCookie(needs, reply, 'session', await signInBrowserByPasskey(needs, cookies, request.body.credential))
        setCookie(needs, reply, 'pending')
        return { step: 'signed_in' as const }
      },
    )
  }

/** A token of the user API for pages of a browser that is signed in. `name` tells what proofs of keys are for. */
export const browserTokenRoutes =
  (needs: Needs, name: NameRequest): FastifyPluginAsyncTypebox =>
  async (http) => {
    keepToOwnPages(http)
    http.post(
      '/jwt',
      {
        schema: {
          summary: 'Get a short-lived access token for the pages of this browser, which is signed in',
          description,
          tags,
          response: { 200: BrowserToken, 401: ErrorReply, 403: ErrorReply },
        },
      },
      async (request, reply) => {
        const { cookie, ...answer } = await tokenOfBrowser(
          needs,
          cookiesOf(needs, request),
          keyShown(needs, name(request)),
        )
        setCookie(needs, reply, 'session', cookie)
        return answer
      },
    )
  }

/**
 * The cookie comes along whoever made the browser ask. So a page must be ours, which the browser says of it, and must have
 * asked in a way that no form can and that other origins would need our leave for; they are given none.
 */
function keepToOwnPages(http: FastifyInstance): void {
  http.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    for (const name of Object.keys(reply.getHeaders())) if (name.startsWith('access-control-')) reply.removeHeader(name)
    if (isForeign(request) || !isOfScript(request)) throw errors.foreign()
  })
}

const isOfScript = ({ headers }: FastifyRequest): boolean =>
  /^application\/json\b/i.test(headers['content-type'] ?? '') || headers['x-requested-with'] !== undefined
