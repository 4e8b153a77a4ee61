// The parts of the engine's package have the types that its entry gives them.
declare module 'oidc-provider/lib/provider.js' {
  export { default as Provider } from 'oidc-provider'
}
declare module 'oidc-provider/lib/helpers/errors.js' {
  import { errors } from 'oidc-provider'
  export = errors
}
declare module 'oidc-provider/lib/helpers/interaction_policy/index.js' {
  import { interactionPolicy } from 'oidc-provider'
  export = interactionPolicy
}
declare module 'oidc-provider/lib/helpers/resolve_resource.js' {
  import type { KoaContextWithOIDC } from 'oidc-provider'

  interface Source {
    readonly resource?: string | string[] | undefined
    readonly resourceIndicators: Set<string | undefined>
    readonly scopes: Set<string>
  }
  interface Settings {
    userinfo: { enabled: boolean }
    resourceIndicators: object
  }
  /** The resource that a token of the source will be for, or throws `invalid_target`. */
  export default function resolveResource(
    context: KoaContextWithOIDC,
    source: Source,
    settings: Settings,
  ): Promise<string | undefined>
}
declare module 'oidc-provider/lib/helpers/validate_dpop.js' {
  import type { KoaContextWithOIDC, Provider } from 'oidc-provider'

  /** The key that the request showed, which is verified once however often it is asked for, or throws `invalid_dpop_proof`. */
  export default function validateDpop(
    provider: Provider,
    context: KoaContextWithOIDC,
  ): Promise<{ thumbprint: string } | undefined>
}
