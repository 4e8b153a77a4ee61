import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import type { Duty } from '../duties/duties.ts'
import { csrfTokenOf, isCsrfTokenOf, isOfBrowser } from './browser-binding.ts'
import { cookiesOf } from './browser-cookies.ts'
import { addConsent } from './consents.ts'
import { dutyOfPerson } from './people.ts'
import { TEXTS } from './refusals.ts'
import { scopesOfClaims } from './scopes.ts'
import { PENDING, type Pending } from './sign-in-steps.ts'
import { findSignedIn } from './signed-in.ts'
import { findPerson } from './store.ts'

const errors = defineErrors('interactions', {
  gone: [404, 'This sign-in is over or was begun in another browser; please start again from the application'],
  foreign: [403, 'This was not sent from the page it belongs to; please try again'],
  otherStep: [409, 'This sign-in is at another step'],
})

export type InteractionNeeds = Pick<
  Deps,
  'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'keys' | 'limits'
>
export type Details = InstanceType<Provider['Interaction']>

/** What a person is being asked, and for whom. */
export interface Interaction {
  id: string
  step: 'sign_in' | 'second_factor' | 'required_action' | 'consent'
  /** What the person has to do at the pages of their account first. */
  required_action?: Duty
  application: { name: string }
  /** What the application wants that was not granted yet. */
  scopes: string[]
  /** Where the browser goes in the end; null for a device, which is told by itself. */
  redirect_uri: string | null
  login_hint: string | null
  /** Whose account the application would be let in to; null until it is asked for consent. */
  signed_in_as: string | null
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
  const { params, prompt, session, uid } = details
  const client = await exchange.provider.Client.find(textOf(params['client_id']) ?? '')
  return {
    id: uid,
    ...(await stepAt(needs, details)),
    application: { name: client?.clientName ?? '' },
    scopes: missingScopes(prompt.details),
    redirect_uri: textOf(params['redirect_uri']) ?? null,
    login_hint: textOf(params['login_hint']) ?? null,
    signed_in_as:
      prompt.name === 'consent' ? ((await findPerson(needs.db, session?.accountId ?? ''))?.email ?? null) : null,
    csrf_token: csrfTokenOf(needs, details),
  }
}

async function stepAt(
  needs: InteractionNeeds,
  details: Details,
): Promise<Pick<Interaction, 'step' | 'required_action'>> {
  if (details.prompt.name === 'consent') return { step: 'consent' }
  if (details.prompt.reasons.includes('duty')) {
    const duty = await dutyOfPerson(needs, details.session?.accountId ?? '')
    return duty === undefined ? { step: 'required_action' } : { step: 'required_action', required_action: duty }
  }
  return { step: pendingOf(needs, details) ? 'second_factor' : 'sign_in' }
}

/** Where the browser goes on once what had to be done first is done; nothing until then. */
export async function goOnAfterDuty(needs: InteractionNeeds, exchange: Exchange): Promise<string | undefined> {
  const details = await detailsOf(needs, exchange)
  const { step, required_action } = await stepAt(needs, details)
  return step === 'required_action' && required_action === undefined ? details.returnTo : undefined
}

/** The person lets the application do what it asked for. Returns where the browser goes on. */
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
  await addConsent(needs, grant)
  const id = await grant.save()
  return finish(details, { consent: { grantId: id } })
}

/** The person does not want to go on; the application is told `access_denied`. */
export async function decline(needs: InteractionNeeds, exchange: Exchange, csrf_token: string): Promise<string> {
  const details = await stepOf(needs, exchange, csrf_token)
  return finish(details, { error: 'access_denied', error_description: TEXTS.access_denied })
}

/** The interaction, if the person is asked to sign in at it now. */
export async function signInStepOf(needs: InteractionNeeds, exchange: Exchange, csrf_token: string): Promise<Details> {
  const details = await stepOf(needs, exchange, csrf_token)
  if (details.prompt.name !== 'login') throw errors.otherStep()
  return details
}

/** The interaction of the address, if it is this browser's and of who is signed in there. */
async function detailsOf(needs: InteractionNeeds, exchange: Exchange): Promise<Details> {
  const { provider, id } = exchange
  const details = await provider.Interaction.find(id)
  if (!details || !isOfBrowser(needs, provider, exchange, details)) throw errors.gone()
  const { session } = details
  if (session) {
    const known = await findSignedIn(needs, cookiesOf(needs, exchange.request).session)
    if (known?.payload.uid !== session.uid || known.payload.accountId !== session.accountId) throw errors.gone()
  }
  return details
}

async function stepOf(needs: InteractionNeeds, exchange: Exchange, csrf_token: string): Promise<Details> {
  const details = await detailsOf(needs, exchange)
  if (!isCsrfTokenOf(needs, details, csrf_token)) throw errors.foreign()
  return details
}

/** Notes the outcome, on top of that of earlier steps, and returns where the engine goes on with it. */
export async function finish(details: Details, result: InteractionResults): Promise<string> {
  const goesOn = result.login === undefined && result['error'] === undefined
  details.result = goesOn ? { ...details.lastSubmission, ...result } : result
  await details.persist()
  return details.returnTo
}

/** Whose password was right at this interaction a moment ago. */
export function pendingOf({ clock }: InteractionNeeds, { result }: Details): Pending | undefined {
  const pending: unknown = result?.['pending']
  if (!isObject(pending)) return undefined
  const { uid, digest, at } = pending
  if (typeof uid !== 'string' || typeof digest !== 'string' || typeof at !== 'number') return undefined
  return clock.now() - at > PENDING ? undefined : { uid, digest }
}

/** What is asked for by the name of a claim is told by the scope it belongs to. */
function missingScopes({
  missingOIDCScope,
  missingOIDCClaims,
  missingResourceScopes,
}: Record<string, unknown>): string[] {
  const resources = Object.values(isObject(missingResourceScopes) ? missingResourceScopes : {})
  const claims = scopesOfClaims([missingOIDCClaims].flat().filter((claim) => typeof claim === 'string'))
  return [...new Set([missingOIDCScope, claims, ...resources].flat().filter((scope) => typeof scope === 'string'))]
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
