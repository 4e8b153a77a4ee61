export { type ProofOfWork, solveProofOfWork } from './proof-of-work.ts'
export { addSignature, type RequestClaims, signRequest } from './requests.ts'
export type { Algorithm, Signer } from './signatures.ts'
export type { Signature, SignedRequest } from './signed-request.ts'
