import { isUtf8 } from 'node:buffer'
import { flattenedVerify } from 'jose'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import type { VerificationKey } from '../../platform/config/management-api/policy.ts'
import { parseSafely } from '../../platform/http/json-body.ts'
import { plainPayload } from './plain-payload.ts'
import { unverified } from './unverified.ts'

const errors = defineErrors('management', {
  noJson: [400, "Couldn't parse JWT."],
})

/** A request as it came: a JWS in the general JSON serialisation (RFC 7515, section 7.2.1), nothing verified yet. */
export interface ReceivedEnvelope {
  payload: string
  /** The same in the one form that all ways to write it have in common. */
  plain: string
  claims: Record<string, unknown>
  signatures: ReceivedSignature[]
}

interface ReceivedSignature {
  kid: string
  protected: string
  signature: string
}

/** More would only be there to keep the server busy. */
const MAX_SIGNATURES = 20

/** Parses a request's body; 400 when it is no JSON. What the JSON is, `envelopeOf` judges later. */
export function parseBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw errors.noJson()
  try {
    return parseSafely(body.toString())
  } catch (error) {
    throw error instanceof SyntaxError ? errors.noJson() : error
  }
}

/** The envelope that a body is; 401 when it is none. */
export function envelopeOf(body: unknown): ReceivedEnvelope {
  if (!isObject(body)) throw unverified.noEnvelope()
  const { payload, signatures } = body
  if (typeof payload !== 'string' || !Array.isArray(signatures)) throw unverified.noEnvelope()
  const claims = claimsOf(payload)
  if (!claims || signatures.length > MAX_SIGNATURES) throw unverified.noEnvelope()
  return { payload, plain: plainPayload(payload), claims, signatures: signatures.map(signatureOf) }
}

/**
 * The signers whose signature over the payload is right, as it was received or in its plain form. Signers who are not in the keychain are passed over;
 * one who is, and whose signature is wrong, spoils it all: 401. Each key verifies with its own algorithm alone.
 */
export async function verifiedSigners(
  { payload, plain, signatures }: ReceivedEnvelope,
  keychain: ReadonlyMap<string, VerificationKey>,
): Promise<ReadonlySet<string>> {
  const signers = new Set<string>()
  for (const { kid, protected: header, signature } of signatures) {
    const verifier = keychain.get(kid)
    if (!verifier) continue
    const right =
      (await verifies({ payload, protected: header, signature }, verifier)) ||
      (plain !== payload && (await verifies({ payload: plain, protected: header, signature }, verifier)))
    if (!right) throw unverified.wrongSignature()
    signers.add(kid)
  }
  return signers
}

async function verifies(
  jws: { payload: string; protected: string; signature: string },
  { key, algorithm }: VerificationKey,
): Promise<boolean> {
  try {
    const { protectedHeader } = await flattenedVerify(jws, key, { algorithms: [algorithm] })
    // An extension (RFC 7515, section 4.1.11) could change what the payload is.
    return protectedHeader !== undefined && !('crit' in protectedHeader)
  } catch {
    return false
  }
}

function signatureOf(value: unknown): ReceivedSignature {
  if (!isObject(value) || !isObject(value['header'])) throw unverified.noEnvelope()
  const { protected: header, signature } = value
  const { kid } = value['header']
  if (typeof kid !== 'string' || typeof header !== 'string' || typeof signature !== 'string')
    throw unverified.noEnvelope()
  return { kid, protected: header, signature }
}

/** The JSON object that a payload segment holds; undefined when it holds none. */
export function claimsOf(payload: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(payload, 'base64url')
  if (!isUtf8(bytes)) return undefined
  try {
    const value = parseSafely(bytes.toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
