import { createPublicKey, randomUUID } from 'node:crypto'
import { createApplication } from '../../src/features/applications/applications.ts'
import { seconds } from '../../src/lib/clock.ts'
import { type PublicJwk, readJwkSet } from '../../src/platform/crypto/jwk-set.ts'
import type { Application } from '../../src/platform/db/schema.ts'
import { aJws, anEcKey, type ClientKey } from './client-keys.ts'
import type { ListeningServer } from './loopback.ts'
import { CALLBACK, post } from './oauth.ts'
import type { Answer } from './server.ts'

/** An application that proves who it is by a key, as its developer knows it. */
export interface KeyedClient {
  application: Application
  client_id: string
  key: ClientKey
}

/** The public half of a key as JSON. */
export const jwkOf = ({ public_key }: ClientKey, more: Record<string, string> = {}): PublicJwk => {
  const pem = Buffer.from(public_key, 'base64url').toString()
  const set = readJwkSet({ keys: [{ ...createPublicKey(pem).export({ format: 'jwk' }), ...more }] })
  const [jwk] = typeof set === 'string' ? [] : set.keys
  if (!jwk) throw new Error(`This is no key that is taken: ${set}`)
  return jwk
}

let count = 0

/** An application with a P-256 key and every grant, unless told otherwise. */
export async function aKeyedClient(
  { deps }: Pick<ListeningServer, 'deps'>,
  { key = anEcKey(), jwks, jwks_uri }: { key?: ClientKey; jwks?: object; jwks_uri?: string } = {},
): Promise<KeyedClient> {
  const own = jwks_uri === undefined ? { keys: [jwkOf(key)] } : undefined
  const { application } = await createApplication(deps, {
    name: `Keyed ${++count}`,
    redirect_uri: CALLBACK,
    grant_types: 'authorization_code refresh_token client_credentials urn:ietf:params:oauth:grant-type:device_code',
    jwks: jwks ?? own,
    jwks_uri,
  })
  return { application, client_id: application.uid, key }
}

interface Assertion {
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: ClientKey
}

/** An assertion of a client (RFC 7523, section 3), with what is told in the place of what is right. */
export function anAssertion(
  { clock, origin }: Pick<ListeningServer, 'clock' | 'origin'>,
  client: KeyedClient,
  { claims = {}, header = {}, key = client.key }: Assertion = {},
): string {
  const now = seconds(clock.now())
  const { client_id } = client
  const right = { iss: client_id, sub: client_id, aud: origin, iat: now, exp: now + 60, jti: randomUUID() }
  return aJws(key, { alg: 'ES256', ...header }, { ...right, ...claims })
}

/** A call of a client that brings an assertion. */
export const postAssertion = (
  server: { origin: string },
  path: string,
  client_assertion: string,
  form: Record<string, string>,
): Promise<Answer> =>
  post(server, path, undefined, {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
    ...form,
  })
