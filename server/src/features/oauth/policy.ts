import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'

/** Authentication context class of a sign-in with a password alone. */
export const SINGLE_FACTOR = 'urn:barong:acr:1fa'
/** With a second factor (NIST SP 800-63B-4, AAL2). */
export const MULTI_FACTOR = 'urn:barong:acr:2fa'

/** When people are asked to sign in and to consent: the engine's rules, and a step up when an application wants one. */
export function interactionPolicyOf(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  const { Check } = interactionPolicy
  policy.get('login')?.checks.add(
    new Check('step_up', 'A second factor is required', 'login_required', (context: KoaContextWithOIDC) => {
      const { session, params } = context.oidc
      const asked = typeof params?.['acr_values'] === 'string' ? params['acr_values'].split(' ') : []
      // acr_values is a wish in order of preference: only its first choice asks for more (OpenID Connect Core, 3.1.2.1).
      const wanted = asked[0] === MULTI_FACTOR
      return (
        wanted && session?.accountId !== undefined && session['acr'] !== MULTI_FACTOR && !context.oidc.result?.login
      )
    }),
  )
  return policy
}
