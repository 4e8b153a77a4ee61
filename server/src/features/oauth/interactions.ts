import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { equalSecrets } from '../../platform/crypto/compare.ts'
import type { Account } from '../../platform/db/schema.ts'
import { findAccountByEmail, findAccountByUid, normalizeEmail } from '../accounts/accounts.ts'
import { type Credential, requestOptions } from '../passkeys/passkeys.ts'
import {
  completePasskeySignIn,
  completeSignIn,
  hasSecondFactor,
  passkeySignInOptions,
  provePasskey,
  provePasskeyOf,
  provePassword,
} from '../sessions/sessions.ts'
import { csrfTokenOf, isOfBrowser } from './browser-binding.ts'
import { rememberConsent } from './consents.ts'
import { MULTI_FACTOR, SINGLE_FACTOR } from './policy.ts'
import { loginOf, PENDING } from './sign-in-steps.ts'

const errors = defineErrors('interactions', {
  gone: [404, 'This sign-in is over or was begun in another browser; please start again from the application'],
  foreign: [403, 'This was not sent from the page it belongs to; please try again'],
  otherStep: [409, 'This sign-in is at another step'],
  signInFirst: [409, 'The password comes first'],
})

export type InteractionNeeds = Pick<
  Deps,
  'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'keys' | 'limits'
>
type Details = InstanceType<Provider['Interaction']>

/** What a person is being asked, and for whom. */
export interface Interaction {
  id: string
  step: 'sign_in' | 'second_factor' | 'consent'
  application: { name: string }
  /** What the application wants that was not granted yet. */
  scopes: string[]
  /** Where the browser goes in the end; null for a device, which is told by itself. */
  redirect_uri: string | null
  login_hint: string | null
  /** To be sent back with every step. */
  csrf_token: string
}

/** One browser's interaction with the engine, bound to that browser by a cookie. */
export interface Exchange {
  provider: Provider
  request: IncomingMessage
  response: ServerResponse
  id: string
}

/** What is asked now. */
export async function readInteraction(needs: InteractionNeeds, exchange: Exchange): Promise<Interaction> {
  const details = await detailsOf(needs, exchange)
  const { params, prompt, uid } = details
  const client = await exchange.provider.Client.find(textOf(params['client_id']) ?? '')
  return {
    id: uid,
    step: prompt.name === 'consent' ? 'consent' : pendingOf(needs, details) ? 'second_factor' : 'sign_in',
    application: { name: client?.clientName ?? '' },
    scopes: missingScopes(prompt.details),
    redirect_uri: textOf(params['redirect_uri']) ?? null,
    login_hint: textOf(params['login_hint']) ?? null,
    csrf_token: csrfTokenOf(needs, details),
  }
}

/** Takes e-mail and password. Returns where the browser goes on, or nothing when a second factor is asked for next. */
export async function submitPassword(
  needs: InteractionNeeds,
  exchange: Exchange,
  csrf_token: string,
  input: { email: string; password: string },
): Promise<string | undefined> {
  const details = await stepOf(needs, exchange, csrf_token)
  if (details.prompt.name !== 'login') throw errors.otherStep()
  const email = normalizeEmail(input.email)
  const account = await findAccountByEmail(needs.db, email)
  const proof = await provePassword(needs, account, { email, password: input.password })
  if (await hasSecondFactor(needs, proof.account)) {
    const { uid, password_digest } = proof.account
    details.result = { pending: { uid, digest: password_digest, at: needs.clock.now() } }
    await details.persist()
    return undefined
  }
  const uid = await completeSignIn(needs, proof, undefined, async (_tx, { uid }) => uid)
  return finish(details, { login: loginOf(needs, uid, SINGLE_FACTOR, ['pwd']) })
}

/** Takes the code of the second factor after the password. */
export async function submitSecondFactor(
  needs: InteractionNeeds,
  exchange: Exchange,
  csrf_token: string,
  code: string,
): Promise<string> {
  const details = await stepOf(needs, exchange, csrf_token)
  const account = await pendingAccount(needs, details)
  if (!account) throw errors.signInFirst()
  await completeSignIn(needs, { account }, code, async () => undefined)
  return finish(details, { login: loginOf(needs, account.uid, MULTI_FACTOR, ['pwd', 'otp', 'mfa']) })
}

/** What the browser is to have a passkey sign: after the password as second factor, before it in its place. */
export async function passkeyOptions(needs: InteractionNeeds, exchange: Exchange, csrf_token: string) {
  const details = await stepOf(needs, exchange, csrf_token)
  if (details.prompt.name !== 'login') throw errors.otherStep()
  const account = await pendingAccount(needs, details)
  if (!account) return passkeySignInOptions(needs, details.uid)
  return requestOptions(needs, needs.db, { purpose: 'second_factor', bound: account.uid }, account)
}

/** Takes what a passkey signed. */
export async function submitPasskey(
  needs: InteractionNeeds,
  exchange: Exchange,
  csrf_token: string,
  credential: Credential,
): Promise<string> {
  const details = await stepOf(needs, exchange, csrf_token)
  if (details.prompt.name !== 'login') throw errors.otherStep()
  const account = await pendingAccount(needs, details)
  if (account) {
    const proof = await provePasskeyOf(needs, account, credential)
    await completeSignIn(needs, { account }, proof, async () => undefined)
    return finish(details, { login: loginOf(needs, account.uid, MULTI_FACTOR, ['pwd', ...proof.amr, 'mfa']) })
  }
  const proof = await provePasskey(needs, credential, details.uid)
  const uid = await completePasskeySignIn(needs, proof, async (_tx, signedIn) => signedIn.uid)
  return finish(details, { login: loginOf(needs, uid, MULTI_FACTOR, [...proof.amr, 'mfa']) })
}

/** The person lets the application do what it asked for. */
export async function consent(needs: InteractionNeeds, exchange: Exchange, csrf_token: string): Promise<string> {
  const details = await stepOf(needs, exchange, csrf_token)
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
  const id = await grant.save()
  await rememberConsent(needs, grant)
  return finish(details, { consent: { grantId: id } })
}

/** The person does not want to go on; the application is told `access_denied`. */
export async function decline(needs: InteractionNeeds, exchange: Exchange, csrf_token: string): Promise<string> {
  const details = await stepOf(needs, exchange, csrf_token)
  return finish(details, { error: 'access_denied', error_description: 'The resource owner denied the request.' })
}

/** The interaction of the address, if it is this browser's and of who is signed in there. */
async function detailsOf(needs: InteractionNeeds, exchange: Exchange): Promise<Details> {
  const { provider, id } = exchange
  const details = await provider.Interaction.find(id)
  if (!details || !isOfBrowser(needs, provider, exchange, details)) throw errors.gone()
  if (details.session) {
    const session = await provider.Session.findByUid(details.session.uid)
    if (session?.accountId !== details.session.accountId) throw errors.gone()
  }
  return details
}

async function stepOf(needs: InteractionNeeds, exchange: Exchange, csrf_token: string): Promise<Details> {
  const details = await detailsOf(needs, exchange)
  if (!equalSecrets(csrf_token, csrfTokenOf(needs, details))) throw errors.foreign()
  return details
}

/** Notes the outcome, on top of that of earlier steps, and returns where the engine goes on with it. */
async function finish(details: Details, result: InteractionResults): Promise<string> {
  const goesOn = result.login === undefined && result['error'] === undefined
  details.result = goesOn ? { ...details.lastSubmission, ...result } : result
  await details.persist()
  return details.returnTo
}

function pendingOf({ clock }: InteractionNeeds, { result }: Details): { uid: string; digest: string } | undefined {
  const pending: unknown = result?.['pending']
  if (!isObject(pending)) return undefined
  const { uid, digest, at } = pending
  if (typeof uid !== 'string' || typeof digest !== 'string' || typeof at !== 'number') return undefined
  return clock.now() - at > PENDING ? undefined : { uid, digest }
}

/** Whose password was right a moment ago, and is still the one. */
async function pendingAccount(needs: InteractionNeeds, details: Details): Promise<Account | undefined> {
  const pending = pendingOf(needs, details)
  const account = pending && (await findAccountByUid(needs.db, pending.uid))
  return account?.password_digest === pending?.digest ? account : undefined
}

function missingScopes({ missingOIDCScope, missingResourceScopes }: Record<string, unknown>): string[] {
  const resources = Object.values(isObject(missingResourceScopes) ? missingResourceScopes : {})
  return [...new Set([missingOIDCScope, ...resources].flat().filter((scope) => typeof scope === 'string'))]
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
