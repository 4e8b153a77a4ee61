import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { isObject } from '../../lib/json.ts'

/** A credential as a browser hands it out (WebAuthn, `PublicKeyCredential.toJSON`). */
export type Credential = Record<string, unknown>

/** What an authenticator signed; undefined where it is none. */
export function assertionOf({ id, rawId, type, response }: Credential): AuthenticationResponseJSON | undefined {
  if (!isText(id) || !isText(rawId) || type !== 'public-key' || !isObject(response)) return undefined
  const { clientDataJSON, authenticatorData, signature } = response
  if (!isText(clientDataJSON) || !isText(authenticatorData) || !isText(signature)) return undefined
  const answer = { clientDataJSON, authenticatorData, signature }
  return { id, rawId, type, response: answer, clientExtensionResults: {} }
}

/** What an authenticator says of a key that it made; undefined where it is none. */
export function attestationOf({ id, rawId, type, response }: Credential): RegistrationResponseJSON | undefined {
  if (!isText(id) || !isText(rawId) || type !== 'public-key' || !isObject(response)) return undefined
  const { clientDataJSON, attestationObject } = response
  if (!isText(clientDataJSON) || !isText(attestationObject)) return undefined
  return { id, rawId, type, response: { clientDataJSON, attestationObject }, clientExtensionResults: {} }
}

/** By which ways the authenticator is reached, as far as browsers tell. */
export function transportsOf({ response }: Credential): string[] {
  const transports = isObject(response) ? response['transports'] : undefined
  if (!Array.isArray(transports)) return []
  return transports
    .filter((each): each is string => typeof each === 'string' && /^[a-z-]{1,20}$/.test(each))
    .slice(0, 8)
}

/** The challenge that a browser says was signed. */
export function challengeOf(clientDataJSON: string): string {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString())
    const challenge = isObject(data) ? data['challenge'] : undefined
    return typeof challenge === 'string' ? challenge : ''
  } catch {
    return ''
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
