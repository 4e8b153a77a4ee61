export type { All, ItemOf, ListName } from './client/all.ts'
export { type ApiKeyOptions, apiKey } from './client/api-key.ts'
export type { Auth, AuthBy, Credentials, PersonAuth } from './client/auth.ts'
export { type Barong, type BarongOptions, createBarong } from './client/barong.ts'
export { bearer } from './client/bearer.ts'
export type { Call, Result } from './client/call.ts'
export { type ClientCredentials, clientCredentials } from './client/client-credentials.ts'
export { type CookieOptions, cookies } from './client/cookies.ts'
export { createDpop, createDpopKeyPair, type Dpop, type DpopKeyPair, type Provable } from './client/dpop.ts'
export {
  type BarongError,
  BarongFailure,
  type ErrorKind,
  type ErrorOf,
  isBarongError,
  type PasskeyOptions,
} from './client/errors.ts'
export type { Fields } from './client/fields.ts'
export type { HttpOptions } from './client/http.ts'
export type { KeeperOptions } from './client/keeper.ts'
export { createKeyPair, type KeyAlgorithm, type KeyPair } from './client/key-pair.ts'
export {
  type OAuthAuth,
  type OAuthOptions,
  oauth,
  type PendingSignIn,
} from './client/oauth.ts'
export type { Answer, Body, CallOptions, Operations, Query } from './client/operation.ts'
export { canUsePasskeys, makePasskey, type Passkey, signWithPasskey } from './client/passkeys.ts'
export { type PasswordOptions, passwords } from './client/passwords.ts'
export { codeChallengeOf, createCodeVerifier } from './client/pkce.ts'
export { tokenFetch } from './client/token-fetch.ts'
export { localStore, memoryStore, type TokenStore, type Tokens } from './client/tokens.ts'
export type {
  Account,
  AccountState,
  Activity,
  ActorKind,
  APIKey,
  APIKeyState,
  AuditAction,
  AuthorizedApplication,
  Document,
  DocumentType,
  EmailChange,
  Hold,
  HoldReason,
  Label,
  LabelScope,
  Passkey as StoredPasskey,
  Profile,
  Review,
  ReviewReason,
  ReviewState,
  Role,
  Scope,
  Session,
} from './generated/user-api.ts'
export { type ProofOfWork, solveProofOfWork } from './proof-of-work.ts'
