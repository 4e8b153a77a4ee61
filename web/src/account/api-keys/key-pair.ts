/** A key pair that was made here; the private half leaves the page only as a file for its owner. */
export interface KeyPair {
  public_key: string
  private_key: string
}

/** Makes a key pair in this browser: EC P-256, which signs ES256. */
export async function makeKeyPair(): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const [spki, pkcs8] = await Promise.all([
    crypto.subtle.exportKey('spki', pair.publicKey),
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
  ])
  return { public_key: pem('PUBLIC KEY', spki), private_key: pem('PRIVATE KEY', pkcs8) }
}

/** RFC 7468, section 2. */
function pem(label: string, bytes: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  const lines = base64.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
