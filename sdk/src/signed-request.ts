/** One signer's signature over a request. */
export interface Signature {
  /** The protected header in base64url: which algorithm was used. */
  protected: string
  header: { kid: string }
  signature: string
}

/** The body of a request: a JWT in the general JSON serialisation (RFC 7515, section 7.2.1). */
export interface SignedRequest {
  payload: string
  signatures: Signature[]
}
