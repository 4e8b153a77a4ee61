import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { HTTPMethods } from 'fastify'
import {
  addSignature,
  type RequestClaims,
  type SignedRequest,
  type Signer,
  signRequest,
} from '../../../sdk/src/management.ts'
import { seconds } from '../../src/lib/clock.ts'
import type { Answer, TestServer } from './server.ts'

/** A service with a key pair of its own. */
export interface TestSigner extends Signer {
  key: KeyObject
  public_pem: string
}

/** Makes a service's key pair. */
export function aSigner(kid: string, algorithm: 'RS256' | 'ES256' | 'EdDSA' = 'RS256'): TestSigner {
  const { privateKey, publicKey } = pairOf(algorithm)
  const public_pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { kid, key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })), algorithm, public_pem }
}

/** alex must sign everything, jeff may sign too, james is known but permitted nothing, and a stranger is not known. */
export const alex = aSigner('alex')
export const jeff = aSigner('jeff', 'ES256')
export const james = aSigner('james', 'EdDSA')
export const stranger = aSigner('stranger')

const rule = { permitted_signers: ['alex', 'jeff'], mandatory_signers: ['alex'] }
const SCOPES = {
  read_accounts: rule,
  write_accounts: rule,
  erase_accounts: rule,
  read_labels: rule,
  write_labels: rule,
  otp_sign: rule,
  tools: rule,
}

/** The setting that lets them in, with the given options for claims. */
export const signersAllowed = (jwt: Record<string, unknown> = {}, scopes: object = SCOPES): Record<string, string> => ({
  MANAGEMENT_API_CONFIG_YAML: JSON.stringify({
    keychain: Object.fromEntries([alex, jeff, james].map((signer) => [signer.kid, keychainEntry(signer)])),
    jwt,
    scopes,
  }),
})

/** What a keychain has for a signer. */
export const keychainEntry = ({ algorithm, public_pem }: TestSigner) => ({
  algorithm,
  value: Buffer.from(public_pem).toString('base64url'),
})

/** A request signed by each in turn, at the server's time. */
export function signedAt(
  { clock }: Pick<TestServer, 'clock'>,
  claims: RequestClaims,
  [first, ...others]: readonly [Signer, ...Signer[]],
): SignedRequest {
  const request = signRequest({ issuedAt: seconds(clock.now()), ...claims, signer: first })
  return others.reduce(addSignature, request)
}

/** Sends any body to an endpoint of the management API. */
export async function sendManaged(
  { app }: Pick<TestServer, 'app'>,
  path: string,
  body: unknown,
  method: HTTPMethods = 'POST',
): Promise<Answer> {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const url = `/management_api/v1${path}`
  const response = await app.inject({ method, url, headers: { 'content-type': 'application/json' }, payload })
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.body === '' ? '' : JSON.parse(response.body),
  }
}

/** Asks an endpoint of the management API for something, signed by alex unless told otherwise. */
export const manage = (
  server: TestServer,
  path: string,
  data: Record<string, unknown> = {},
  signers: readonly [Signer, ...Signer[]] = [alex],
  method: HTTPMethods = 'POST',
): Promise<Answer> => sendManaged(server, path, signedAt(server, { data }, signers), method)

function pairOf(algorithm: 'RS256' | 'ES256' | 'EdDSA'): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 })
}
