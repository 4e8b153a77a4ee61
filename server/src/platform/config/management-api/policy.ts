import type { KeyObject } from 'node:crypto'
import type { MultisigAlgorithm } from '../../crypto/multisig.ts'

/** What a signature may be good for; every endpoint of the management API belongs to one. */
export const managementScopes = [
  'read_accounts',
  'write_accounts',
  'erase_accounts',
  'read_labels',
  'write_labels',
  'otp_sign',
  'tools',
] as const
export type ManagementScope = (typeof managementScopes)[number]

/** A signer's key, and the one algorithm it is used with (RFC 8725, section 3.1). */
export interface VerificationKey {
  algorithm: MultisigAlgorithm
  key: KeyObject
}

/** Whose signatures count for a scope, and whose all must be there. */
export interface ScopeRule {
  permitted_signers: readonly string[]
  mandatory_signers: readonly string[]
}

/** What must be true of the registered claims (RFC 7519, section 4.1); times in seconds. */
export interface ClaimRules {
  verify_expiration: boolean
  /** Whether a request without `exp` is refused. */
  require_exp: boolean
  verify_not_before: boolean
  verify_iat: boolean
  verify_jti: boolean
  /** Whether a request is refused that does not say what it is for (`htm` and `htu`). */
  require_htu: boolean
  /** Accepted values; undefined: the claim is not looked at. */
  iss: readonly string[] | undefined
  aud: readonly string[] | undefined
  sub: string | undefined
  exp_leeway: number
  nbf_leeway: number
  iat_leeway: number
}

/** Who may ask the management API for what. */
export interface ManagementPolicy {
  keychain: ReadonlyMap<string, VerificationKey>
  claims: ClaimRules
  scopes: ReadonlyMap<ManagementScope, ScopeRule>
}
