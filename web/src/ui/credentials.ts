/** What goes to the server: the browser's own JSON of a credential (WebAuthn level 3, section 5.1.2). */
type CredentialJson = Record<string, unknown>

/** Whether this browser makes and uses passkeys, and speaks of them in JSON. */
export const canUsePasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'

/** Has the browser make a passkey; rejects with a DOMException when the person does not want to, or has one. */
export async function makeCredential(options: PublicKeyCredentialCreationOptionsJSON): Promise<CredentialJson> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return jsonOf(await navigator.credentials.create({ publicKey }))
}

/** Has the browser sign with a passkey; rejects with a DOMException when the person does not want to, or has none. */
export async function signWithCredential(options: PublicKeyCredentialRequestOptionsJSON): Promise<CredentialJson> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return jsonOf(await navigator.credentials.get({ publicKey }))
}

function jsonOf(credential: Credential | null): CredentialJson {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('There is no credential', 'NotAllowedError')
  return { ...credential.toJSON() }
}
