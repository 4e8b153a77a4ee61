import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { Account } from '../../src/platform/db/schema.ts'
import { aToken } from './factories.ts'
import type { TestServer } from './server.ts'

/** What differs from an honest authenticator on an honest page. */
export interface Deviation {
  origin?: string
  rp_id?: string
  /** Whether it checked who holds it. */
  verified?: boolean
  counter?: number
  type?: string
  challenge?: string
}

interface Options {
  challenge: string
}

/** An authenticator of one passkey, with the browser before it. */
export interface Authenticator {
  id: string
  create(options: Options, deviation?: Deviation): Record<string, unknown>
  get(options: Options, deviation?: Deviation): Record<string, unknown>
}

const PRESENT = 0x01
const VERIFIED = 0x04
const SYNCABLE = 0x08
const WITH_KEY = 0x40

/** A fresh authenticator with a key on P-256, on a page of `at`; it counts its signatures unless told that it does not. */
export function aPasskey({ counts = true, at = 'http://barong.test' } = {}): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = randomBytes(32)
  const id = credentialId.toString('base64url')
  let count = 0
  const dataOf = (
    flags: number,
    { rp_id = new URL(at).hostname, verified = true, counter }: Deviation,
    rest = Buffer.alloc(0),
  ) => {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter ?? (counts ? ++count : 0))
    const all = flags | PRESENT | SYNCABLE | (verified ? VERIFIED : 0)
    return Buffer.concat([sha256(rp_id), Buffer.from([all]), number, rest])
  }
  const clientData = (type: string, { challenge }: Options, deviation: Deviation): Buffer =>
    Buffer.from(JSON.stringify({ type, origin: at, challenge, crossOrigin: false, ...withoutOthers(deviation) }))
  const wrap = (response: Record<string, unknown>) => ({
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response,
  })
  return {
    id,
    create: (options, deviation = {}) => {
      const length = Buffer.from([0, credentialId.length])
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKey(x, y)])
      const data = dataOf(WITH_KEY, deviation, attested)
      return wrap({
        clientDataJSON: clientData('webauthn.create', options, deviation).toString('base64url'),
        attestationObject: attestation(data).toString('base64url'),
        transports: ['internal', 'hybrid'],
      })
    },
    get: (options, deviation = {}) => {
      const data = dataOf(0, deviation)
      const client = clientData('webauthn.get', options, deviation)
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey)
      return wrap({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: null,
      })
    },
  }
}

/** A passkey of the account, and the session that it was added in. */
export async function anAddedPasskey(server: TestServer, account: Account, passkey = aPasskey()) {
  const token = await aToken(server, account)
  const added = await addPasskey(server, token, passkey)
  assert.equal(added.status, 201, JSON.stringify(added.body))
  return { token, passkey, uid: String(added.body.id) }
}

/** Adds a passkey as a browser does. */
export async function addPasskey(server: TestServer, token: string, passkey: Authenticator, deviation?: Deviation) {
  const options = await server.call('POST', '/security/passkeys/options', { token })
  const credential = passkey.create(options.body, deviation)
  return server.call('POST', '/security/passkeys', { token, json: { name: 'My phone', credential } })
}

const withoutOthers = ({ origin, type, challenge }: Deviation) => ({
  ...(origin === undefined ? {} : { origin }),
  ...(type === undefined ? {} : { type }),
  ...(challenge === undefined ? {} : { challenge }),
})

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

/** COSE_Key of ES256 (RFC 9053, section 7.1.1) in CBOR. */
const coseKey = (x: string, y: string): Buffer =>
  Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
    Buffer.from(x, 'base64url'),
    Buffer.from([0x22, 0x58, 0x20]),
    Buffer.from(y, 'base64url'),
  ])

/** `{fmt: "none", attStmt: {}, authData}` in CBOR. */
const attestation = (data: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([0xa3]),
    cborText('fmt'),
    cborText('none'),
    cborText('attStmt'),
    Buffer.from([0xa0]),
    cborText('authData'),
    Buffer.from([0x59, data.length >> 8, data.length & 255]),
    data,
  ])

const cborText = (text: string): Buffer => Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)])
