import type { Deps } from '../../deps.ts'
import { urlToken } from '../../lib/ids.ts'
import type { KeyRing } from '../../platform/crypto/key-ring.ts'
import type { MailMessage } from '../../platform/events/outbox.ts'
import { tokenLink } from '../../platform/mail/links.ts'

export type TokenPurpose = 'confirmation' | 'reset-password' | 'unlock'

const LENGTH = 20

/** A fresh token of 120 bits: 20 characters of base64url. */
export const newToken = (): string => urlToken(15)

/**
 * The confirmation token of an e-mail at an account. It is computed, not kept, so that a repeated mail carries the
 * same token although only its digest is stored.
 */
export const confirmationToken = (ring: KeyRing, uid: string, email: string): string =>
  Buffer.from(ring.digest('confirmation-token', `${uid}:${email}`), 'hex')
    .toString('base64url')
    .slice(0, LENGTH)

/** What is stored of a token. */
export const tokenDigest = (ring: KeyRing, purpose: TokenPurpose, token: string): string =>
  ring.digest(`${purpose}-digest`, token)

/** What may be stored of a token that somebody brings, also under a former master key. */
export const tokenDigests = (ring: KeyRing, purpose: TokenPurpose, token: string): string[] =>
  ring.digests(`${purpose}-digest`, token)

const LINKS = {
  confirmation: ['confirmation_instructions', '/accounts/confirmation', 'confirmation_token'],
  'reset-password': ['reset_password_instructions', '/accounts/password/edit', 'reset_password_token'],
  unlock: ['unlock_instructions', '/accounts/unlock', 'unlock_token'],
} as const

/** The mail that carries a token as a link. */
export function tokenMail(
  { config }: Pick<Deps, 'config'>,
  purpose: TokenPurpose,
  email: string,
  token: string,
): MailMessage {
  const [template, path, name] = LINKS[purpose]
  return {
    channel: 'mail',
    template,
    to: email,
    variables: { email, link: tokenLink(config, { path, name, token }), app_name: config.values.APP_NAME },
  }
}
