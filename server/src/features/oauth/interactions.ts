import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { MINUTE, seconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { findAccountByEmail, findAccountByUid, normalizeEmail } from '../accounts/accounts.ts'
import { completeSignIn, provePassword } from '../sessions/sessions.ts'
import { MULTI_FACTOR, SINGLE_FACTOR } from './policy.ts'

const errors = defineErrors('interactions', {
  gone: [404, 'This sign-in is over or was begun in another browser; please start again from the application'],
  otherStep: [409, 'This sign-in is at another step'],
  signInFirst: [409, 'The password comes first'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring'>
type Details = InstanceType<Provider['Interaction']>

/** What a person is being asked, and for whom. */
export interface Interaction {
  id: string
  step: 'sign_in' | 'second_factor' | 'consent'
  application: { name: string; uri: string | undefined }
  /** What the application wants that was not granted yet. */
  scopes: string[]
  /** Where the browser goes in the end. */
  redirect_uri: string | undefined
  login_hint: string | undefined
}

/** One browser's interaction with the engine, bound to that browser by a cookie. */
export interface Exchange {
  provider: Provider
  request: IncomingMessage
  response: ServerResponse
  id: string
}

/** A password that was right waits this long for its second factor. */
const PENDING = 5 * MINUTE

/** What is asked now. */
export async function readInteraction(exchange: Exchange): Promise<Interaction> {
  const details = await detailsOf(exchange)
  const { params, prompt, uid } = details
  const client = await exchange.provider.Client.find(textOf(params['client_id']) ?? '')
  return {
    id: uid,
    step: prompt.name === 'consent' ? 'consent' : pendingOf(details) ? 'second_factor' : 'sign_in',
    application: { name: client?.clientName ?? '', uri: client?.clientUri },
    scopes: missingScopes(prompt.details),
    redirect_uri: textOf(params['redirect_uri']),
    login_hint: textOf(params['login_hint']),
  }
}

/** Takes e-mail and password. Returns where the browser goes on, or nothing when a second factor is asked for next. */
export async function submitPassword(
  needs: Needs,
  exchange: Exchange,
  input: { email: string; password: string },
): Promise<string | undefined> {
  const details = await detailsOf(exchange)
  if (details.prompt.name !== 'login') throw errors.otherStep()
  const account = await findAccountByEmail(needs.db, normalizeEmail(input.email))
  const proof = await provePassword(needs, account, input.password)
  if (proof.account.otp_enabled_at !== null) {
    details.result = {
      pending: { uid: proof.account.uid, digest: proof.account.password_digest, at: needs.clock.now() },
    }
    await details.save(seconds(PENDING))
    return undefined
  }
  const uid = await completeSignIn(needs, proof, undefined, async (_tx, { uid }) => uid)
  return finish(exchange, { login: loginOf(needs, uid, SINGLE_FACTOR, ['pwd']) })
}

/** Takes the code of the second factor after the password. */
export async function submitSecondFactor(needs: Needs, exchange: Exchange, code: string): Promise<string> {
  const details = await detailsOf(exchange)
  const pending = pendingOf(details)
  if (!pending || needs.clock.now() - pending.at > PENDING) throw errors.signInFirst()
  const account = await findAccountByUid(needs.db, pending.uid)
  if (!account || account.password_digest !== pending.digest) throw errors.signInFirst()
  await completeSignIn(needs, { account, rehashed: undefined }, code, async () => undefined)
  return finish(exchange, { login: loginOf(needs, account.uid, MULTI_FACTOR, ['pwd', 'otp', 'mfa']) })
}

/** The person lets the application do what it asked for. */
export async function consent(exchange: Exchange): Promise<string> {
  const details = await detailsOf(exchange)
  const { prompt, params, session, grantId } = details
  if (prompt.name !== 'consent' || !session?.accountId) throw errors.otherStep()
  const { Grant } = exchange.provider
  const known = grantId === undefined ? undefined : await Grant.find(grantId)
  const grant = known ?? new Grant({ accountId: session.accountId, clientId: textOf(params['client_id']) ?? '' })
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details
  if (Array.isArray(missingOIDCScope)) grant.addOIDCScope(missingOIDCScope.join(' '))
  if (Array.isArray(missingOIDCClaims)) grant.addOIDCClaims(missingOIDCClaims)
  for (const [resource, scopes] of Object.entries(isObject(missingResourceScopes) ? missingResourceScopes : {})) {
    if (Array.isArray(scopes)) grant.addResourceScope(resource, scopes.join(' '))
  }
  return finish(exchange, { consent: { grantId: await grant.save() } })
}

/** The person does not want to go on; the application is told `access_denied`. */
export async function decline(exchange: Exchange): Promise<string> {
  await detailsOf(exchange)
  return finish(exchange, { error: 'access_denied', error_description: 'The resource owner denied the request.' })
}

/** The interaction of the cookie, which must be the one of the address: nobody goes on with another browser's. */
async function detailsOf({ provider, request, response, id }: Exchange): Promise<Details> {
  const details = await provider.interactionDetails(request, response).catch(() => undefined)
  if (details?.uid !== id) throw errors.gone()
  return details
}

const finish = ({ provider, request, response }: Exchange, result: InteractionResults): Promise<string> =>
  provider.interactionResult(request, response, result, { mergeWithLastSubmission: result.login === undefined })

const loginOf = ({ clock }: Needs, accountId: string, acr: string, amr: string[]) => ({
  accountId,
  acr,
  amr,
  remember: true,
  ts: seconds(clock.now()),
})

function pendingOf({ result }: Details): { uid: string; digest: string; at: number } | undefined {
  const pending: unknown = result?.['pending']
  if (!isObject(pending)) return undefined
  const { uid, digest, at } = pending
  if (typeof uid !== 'string' || typeof digest !== 'string' || typeof at !== 'number') return undefined
  return { uid, digest, at }
}

function missingScopes({ missingOIDCScope, missingResourceScopes }: Record<string, unknown>): string[] {
  const resources = Object.values(isObject(missingResourceScopes) ? missingResourceScopes : {})
  return [...new Set([missingOIDCScope, ...resources].flat().filter((scope) => typeof scope === 'string'))]
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
