import { randomUUID } from 'node:crypto'
import { type Signer, signatureOf } from './signatures.ts'
import type { SignedRequest } from './signed-request.ts'

/** What a request says besides its signatures. */
export interface RequestClaims {
  /** The parameters of the operation. */
  data?: Record<string, unknown>
  /** Seconds until the server refuses the request. Default: 60. */
  expiresIn?: number
  /** `iss`: who asks. */
  issuer?: string
  /** `aud`: who is asked, if the server verifies it. */
  audience?: string | string[]
  /** `sub`, if the server verifies it. */
  subject?: string
  /** `htm` and `htu`, the method and the address that it is sent to: the server refuses it anywhere else. */
  target?: { method: string; url: string }
  /** `jti`, which the server accepts once. Default: a random UUID. */
  id?: string
  /** Seconds since 1970. Default: this machine's clock. */
  issuedAt?: number
}

/** Makes the body of a request to the management API, signed by one service; others may add their signatures. */
export function signRequest({ signer, ...claims }: RequestClaims & { signer: Signer }): SignedRequest {
  const iat = claims.issuedAt ?? Math.floor(Date.now() / 1000)
  const payload = encode({
    iat,
    exp: iat + (claims.expiresIn ?? 60),
    jti: claims.id ?? randomUUID(),
    iss: claims.issuer,
    aud: claims.audience,
    sub: claims.subject,
    htm: claims.target?.method,
    htu: claims.target?.url,
    data: claims.data,
  })
  return addSignature({ payload, signatures: [] }, signer)
}

/** Adds a service's signature over the request as it was received; an earlier one of the same service is replaced. */
export function addSignature(request: SignedRequest, signer: Signer): SignedRequest {
  const header = encode({ alg: signer.algorithm })
  const others = request.signatures.filter((signature) => signature.header.kid !== signer.kid)
  const signature = signatureOf(`${header}.${request.payload}`, signer)
  return {
    payload: request.payload,
    signatures: [...others, { protected: header, header: { kid: signer.kid }, signature }],
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
