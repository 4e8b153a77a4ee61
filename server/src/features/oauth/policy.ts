import type { KoaContextWithOIDC } from 'oidc-provider'
import { errors, interactionPolicy } from './engine-package.ts'

/** Authentication context class of a sign-in with a password alone. */
export const SINGLE_FACTOR = 'urn:barong:acr:1fa'
/** With a second factor (NIST SP 800-63B-4, AAL2). */
export const MULTI_FACTOR = 'urn:barong:acr:2fa'

/**
 * When people are asked to sign in and to consent: the engine's rules and four of our own. `hasDuty` tells of an account's
 * uid whether its owner has to do something first.
 */
export function interactionPolicyOf(hasDuty: (uid: string) => Promise<boolean>): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  const login = policy.get('login')?.checks
  login?.add(new interactionPolicy.Check('step_up', 'A second factor is required', 'login_required', wantsStepUp))
  login?.add(new interactionPolicy.Check('no_account', 'The account ended', 'login_required', isSignedInAsNobody))
  const mustAct: Rule = async ({ oidc }) => oidc.account !== undefined && (await hasDuty(oidc.account.accountId))
  login?.add(new interactionPolicy.Check('duty', 'Something has to be done first', 'login_required', mustAct))
  for (const name of ['essential_acr', 'essential_acrs']) {
    const check = login?.get(name)
    if (check) check.check = onceOnly(check.check)
  }
  const consent = policy.get('consent')?.checks
  const native = consent?.get('native_client_prompt')
  if (native) native.check = unlessConsentIsSkipped(native.check)
  return policy
}

type Rule = interactionPolicy.Check['check']

/** acr_values is a wish in order of preference: only its first choice asks for more (OpenID Connect Core, 3.1.2.1). */
function wantsStepUp({ oidc }: KoaContextWithOIDC): boolean {
  const { session, params, result } = oidc
  const [first] = typeof params?.['acr_values'] === 'string' ? params['acr_values'].split(' ') : []
  if (first !== MULTI_FACTOR || session?.accountId === undefined) return false
  return session.acr !== MULTI_FACTOR && !result?.login
}

/** A browser may still be signed in as somebody who was discarded or banned since. */
const isSignedInAsNobody = ({ oidc }: KoaContextWithOIDC): boolean =>
  oidc.session?.accountId !== undefined && oidc.account === undefined

/** Who signed in and still does not reach what the application insists on is sent back, not asked again and again. */
const onceOnly =
  (rule: Rule): Rule =>
  async (context) => {
    const unmet = await rule(context)
    if (unmet && context.oidc.result?.login)
      throw new errors.UnmetAuthenticationRequirements('The account cannot sign in the way that is required.')
    return unmet
  }

/** Programs on the person's device are confirmed each time (RFC 8252, section 8.6), save those of the house. */
const unlessConsentIsSkipped =
  (rule: Rule): Rule =>
  (context) =>
    context.oidc.client?.['consent_skipped'] === true ? false : rule(context)
