import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { seconds } from '../../lib/clock.ts'
import { answerOf } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import type { Frame } from '../../platform/http/pages.ts'
import { codePage, errorPage } from './pages.ts'
import { finishRefusal } from './refusals.ts'
import { ROUTES } from './urls.ts'

type Needs = Pick<Deps, 'config' | 'clock' | 'log'>

type Context = Parameters<Parameters<Provider['use']>[0]>[0]

/** Nothing runs and nothing is loaded but our script and style; the engine adds the digest of a script of its own to `script-src`. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Gives the engine's answers the headers of our pages, and words where it has none. */
export function finishAnswers(provider: Provider, needs: Needs, frame: Frame): void {
  provider.use(async (context, next) => {
    context.set(securityHeaders(needs))
    try {
      await next()
    } catch (error) {
      if (isOurs(context) && isLostForm(context)) return context.redirect(ROUTES.code_verification)
      return answerFailure(context, needs, frame, error)
    }
    if (context.status === 404 && context.body === undefined) answerUnknown(context, frame)
    else if (isOurs(context)) finish(context, needs, frame)
  })
}

/**
 * Answers what the engine could not do: whoever may come back in a moment is told when (`temporarily_unavailable` of
 * RFC 6749, section 4.1.2.1), anything else is a mistake of ours.
 */
export function answerFailure(context: Context, { log }: Pick<Needs, 'log'>, frame: Frame, error: unknown): void {
  const own = answerOf(error)
  if (own?.status === 503) {
    log.warn({ err: own.cause, code: own.code }, 'refused')
    context.set(own.headers)
    answer(context, frame, 503, 'temporarily_unavailable', own.message)
  } else {
    log.error({ err: error }, 'The OAuth engine failed')
    answer(context, frame, 500, 'server_error', 'Something went wrong.')
  }
}

/** What every answer of the engine carries. */
export const securityHeaders = ({ config }: Pick<Needs, 'config'>): Record<string, string> => ({
  'content-security-policy': POLICY,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Addresses here carry codes and hints.
  'referrer-policy': 'no-referrer',
  ...(config.production ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
})

/** Whether a route of the engine answered. */
const isOurs = (context: object): context is KoaContextWithOIDC => 'oidc' in context && isObject(context.oidc)

/**
 * A device's code that comes without the session its form belongs to, which the engine stumbles over: the person begins
 * with a new form.
 */
const isLostForm = ({ oidc }: KoaContextWithOIDC): boolean =>
  oidc.route === 'code_verification' && oidc.session?.exp === undefined

function finish(context: KoaContextWithOIDC, { clock }: Needs, frame: Frame): void {
  const { oidc, body } = context
  // Clients that read JSON alone stumble over an answer without any (RFC 7009 asks for none).
  if (oidc.route === 'revocation' && context.status === 200) context.body = {}
  // When it was made, which clients of Barong 1.8 read.
  if (oidc.route === 'token' && context.status === 200 && isObject(body))
    context.body = { ...body, created_at: seconds(clock.now()) }
  finishRefusal(context)
  const location = context.response.headers['location']
  if (typeof location === 'string' && location.startsWith(`${OUT_OF_BAND}?`)) showCode(context, frame, location)
  if (context.type === 'text/html') allowFormTargets(context)
}

/** Browsers apply `form-action` to where a form is redirected as well, which is the application in the end. */
function allowFormTargets(context: KoaContextWithOIDC): void {
  const { client, params, session, entities } = context.oidc
  const uris = [params?.['redirect_uri'], entities.Interaction?.params['redirect_uri']]
    .filter((uri) => typeof uri === 'string')
    .filter((uri) => client?.redirectUriAllowed(uri))
  const after = session?.state?.['postLogoutRedirectUri']
  if (typeof after === 'string') uris.push(after)
  const targets = [...new Set(uris.map(formTargetOf))].join(' ')
  const policy = context.response.get('content-security-policy')
  if (targets) context.set('content-security-policy', policy.replace(/form-action 'self'/, `$& ${targets}`))
}

/** A `form-action` source for an address: its origin, or its scheme where it has no origin (CSP 3, section 2.3.1). */
export function formTargetOf(uri: string): string {
  const { origin, protocol } = new URL(uri)
  return origin === 'null' ? protocol : origin
}

/** Stands for "show the code, I will have it typed": for programs without an address (as in Barong 1.8). */
const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob'

function showCode(context: KoaContextWithOIDC, frame: Frame, location: string): void {
  const answer = new URL(location).searchParams
  const code = answer.get('code')
  context.remove('location')
  context.status = code === null ? 400 : 200
  if (code !== null) codePage(context, frame, code)
  else errorPage(context, frame, answer.get('error') ?? '', answer.get('error_description') ?? undefined)
}

function answerUnknown(context: Context, frame: Frame): void {
  const known = Object.values(ROUTES).includes(context.path)
  if (known) answer(context, frame, 405, 'invalid_request', 'This endpoint takes another method.')
  else answer(context, frame, 404, 'invalid_request', 'There is no such endpoint.')
}

/** An error as a page for people and as JSON for programs (RFC 6749, section 5.2). */
function answer(context: Context, frame: Frame, status: number, error: string, error_description: string): void {
  context.status = status
  if (context.accepts('json', 'html') === 'html') errorPage(context, frame, error, error_description)
  else context.body = { error, error_description }
}
