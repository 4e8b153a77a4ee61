import { type Call, callOf } from './client/call.ts'
import { type HttpOptions, openHttp } from './client/http.ts'
import type { AnswerOf, BodyOf, ManagementOperations } from './client/operation.ts'
import { addSignature, type RequestClaims, signRequest } from './requests.ts'
import type { Signer } from './signatures.ts'

export { addSignature, type RequestClaims, signRequest } from './requests.ts'
export type { Algorithm, Signer } from './signatures.ts'
export type { Signature, SignedRequest } from './signed-request.ts'
export type { ManagementOperations }

/** Who signs requests, and what they say beside their parameters. */
export interface ManagementOptions extends HttpOptions, Omit<RequestClaims, 'data' | 'id' | 'issuedAt' | 'target'> {
  url: string
  /** Keys of all services whose signatures are needed, where one process has them all. */
  signers: readonly [Signer, ...Signer[]]
}

/** Calls the management API. */
export interface Management {
  /** Calls an operation by its name; `data` are its parameters. */
  request<N extends keyof ManagementOperations>(
    name: N,
    ...data: Data<BodyOf<ManagementOperations[N]>>
  ): Call<AnswerOf<ManagementOperations[N]>>
}

type Data<B> = object extends B ? [data?: B] : [data: B]

/** Makes a client of the management API. Each call is signed anew, as the server takes a request once, and for its operation alone. */
export function createManagement({ signers, ...options }: ManagementOptions): Management {
  const { expiresIn, issuer, audience, subject, ...reached } = options
  const said = { expiresIn, issuer, audience, subject }
  const claims = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const http = openHttp(reached)
  const [first, ...others] = signers
  return {
    request: (name, ...[data]) => {
      const [method = '', path = ''] = name.split(' ')
      const target = { method, url: `${http.url}${path}` }
      const asked = signRequest({
        ...claims,
        target,
        data: Object.fromEntries(Object.entries(data ?? {})),
        signer: first,
      })
      const body = others.reduce(addSignature, asked)
      return callOf(http.send({ name, body }))
    },
  }
}
