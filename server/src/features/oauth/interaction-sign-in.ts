import { defineErrors } from '../../lib/errors.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Credential } from '../passkeys/passkeys.ts'
import { cookiesOf } from './browser-cookies.ts'
import { type Details, type Exchange, finish, type InteractionNeeds, pendingOf, signInStepOf } from './interactions.ts'
import { type Login, passkeyOptions, takeCode, takePasskey, takePassword } from './sign-in-steps.ts'
import { type Begun, beginSignedIn, findSignedIn, type NewCookie, replaceSignedIn } from './signed-in.ts'

const errors = defineErrors('interactions', { signInFirst: [409, 'The password comes first'] })

/** Where the browser goes on, signed in by that cookie. */
export interface SignInProgress {
  redirect_to: string
  session: NewCookie
}

/** Takes e-mail and password. Returns where the browser goes on, or nothing when a second factor is asked for next. */
export async function submitPassword(
  needs: InteractionNeeds,
  exchange: Exchange,
  csrf_token: string,
  input: { email: string; password: string },
): Promise<SignInProgress | undefined> {
  const details = await signInStepOf(needs, exchange, csrf_token)
  const { begin, goOn } = await browserOf(needs, exchange, details)
  const outcome = await takePassword(needs, input, begin)
  if ('done' in outcome) return goOn(outcome.done)
  details.result = { pending: { ...outcome.pending, at: needs.clock.now() } }
  await details.persist()
  return undefined
}

/** Takes the code of the second factor after the password. */
export async function submitSecondFactor(
  needs: InteractionNeeds,
  exchange: Exchange,
  csrf_token: string,
  code: string,
): Promise<SignInProgress> {
  const details = await signInStepOf(needs, exchange, csrf_token)
  const { begin, goOn } = await browserOf(needs, exchange, details)
  const outcome = await takeCode(needs, pendingOf(needs, details), code, begin)
  if (!outcome) throw errors.signInFirst()
  return goOn(outcome.done)
}

/** What the browser is to have a passkey sign: after the password as second factor, before it in its place. */
export async function interactionPasskeyOptions(needs: InteractionNeeds, exchange: Exchange, csrf_token: string) {
  const details = await signInStepOf(needs, exchange, csrf_token)
  return passkeyOptions(needs, pendingOf(needs, details), details.uid)
}

/** Takes what a passkey signed. */
export async function submitPasskey(
  needs: InteractionNeeds,
  exchange: Exchange,
  csrf_token: string,
  credential: Credential,
): Promise<SignInProgress> {
  const details = await signInStepOf(needs, exchange, csrf_token)
  const { begin, goOn } = await browserOf(needs, exchange, details)
  return goOn(await takePasskey(needs, pendingOf(needs, details), details.uid, credential, begin))
}

/**
 * The browser is signed in by the step itself, in the transaction in which the proof counts, as at pages of this server:
 * what ends the account's sessions afterwards ends this one, before the engine takes it up as well as after.
 */
async function browserOf(needs: InteractionNeeds, { request }: Exchange, details: Details) {
  const known = await findSignedIn(needs, cookiesOf(needs, request).session)
  return {
    begin: (tx: Tx, login: Login): Promise<Begun> => beginSignedIn(needs, tx, known, login),
    goOn: async (begun: Begun): Promise<SignInProgress> => {
      const { cookie, uid, login } = begun
      await replaceSignedIn(needs, known, begun)
      details.session = { accountId: login.accountId, uid, cookie: cookie.value }
      return { redirect_to: await finish(details, { login }), session: cookie }
    },
  }
}
