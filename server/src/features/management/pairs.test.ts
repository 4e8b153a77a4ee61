import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { addSignature, type SignedRequest } from '../../../../sdk/src/management.ts'
import { type Authenticator, anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { aSigner, keychainEntry } from '../../../test/support/signers.ts'
import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import type { Account, RowPatch } from '../../platform/db/schema.ts'
import { createPrivateLabel, deletePrivateLabel } from '../labels/labels.ts'
import { createProfile } from '../profiles/profiles.ts'
import { claimsOf } from './envelope.ts'

/** A request to Barong 1.8.26 and its answer. */
interface Pair {
  name: string
  request: { method: 'POST'; path: string; headers?: Record<string, string>; json?: unknown; body?: string }
  response: { status: number; headers: Record<string, string>; body: string }
  mails?: { headers: Record<string, string> }[]
}

const file = new URL('../../../test/fixtures/contract/pairs.jsonl', import.meta.url)
const pairs = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Pair => JSON.parse(line))
  // One is outside of the management API (test/contract/outside.test.ts).
  .filter(({ name }) => name.startsWith('mg_') && name !== 'mg_root')

const applogic = aSigner('applogic')
const other = aSigner('other')
const signers = new Map([applogic, other, aSigner('nobody')].map((signer) => [signer.kid, signer]))
const rule = (...names: string[]) => ({ permitted_signers: names, mandatory_signers: names })
const configuration = {
  keychain: { applogic: keychainEntry(applogic), other: keychainEntry(other) },
  scopes: {
    tools: rule('applogic'),
    read_accounts: rule('applogic'),
    write_labels: rule('applogic', 'other'),
    otp_sign: rule('applogic'),
  },
}

const BEGIN = '2026-11-21T20:19:18.000Z'
const PERSON = 'IDD5D346F6B8'
const PROTECTED = 'IDC7AB94B927'
const RIGHT_CODE = '628669'

/** Where we answer otherwise on purpose. */
const DIFFERENCES: Readonly<Record<string, [status: number, body: unknown]>> = {
  mg_hs256_confusion: [401, { error: 'Failed to verify JWT.' }],
  mg_payload_nonminified_json: [201, undefined],
  mg_charset_timestamp: [200, undefined],
  mg_charset_labels: [401, { error: 'Not enough signatures for the action.' }],
  mg_put_signed_timestamp: [404, { error: 'Unable to find endpoint' }],
  mg_put_signed_accounts_get: [404, { error: 'Unable to find endpoint' }],
  mg_put_signed_nope: [404, { error: 'Unable to find endpoint' }],
  mg_post_signed_nope: [404, { error: 'Unable to find endpoint' }],
  mg_otp_jwt_sig_junk: [422, undefined],
  mg_otp_vault_down: [422, { error: 'OTP code is invalid' }],
  mg_swagger: [200, undefined],
}

interface World {
  server: TestServer
  app: Authenticator
}

/** What the recordings say was done in between by other means. */
const BETWEEN: Readonly<Record<string, (world: World) => Promise<void>>> = {
  mg_account_discarded: ({ server }) => put(server, PERSON, { discarded_at: iso(server.clock.now()) }),
  mg_label_only_one_signer: ({ server }) => put(server, PERSON, { discarded_at: null }),
  mg_label_ok: ({ server }) => dropLabel(server, 'kyc-level'),
  mg_account_level_now: ({ server }) => addProfile(server),
  mg_label_document_verified: ({ server }) => addLabel(server, 'document', 'pending'),
  mg_label_delete_missing: ({ server }) => dropLabel(server, 'phone'),
  mg_otp_pending_account: ({ server }) => put(server, PROTECTED, { state: 'pending' }),
  mg_otp_vault_down: ({ server }) => put(server, PROTECTED, { state: 'active' }),
}

onEachDatabase('The management API', (newDatabase) => {
  test(`answers as Barong 1.8.26 did, except where it was wrong (${pairs.length} pairs)`, async () => {
    const MANAGEMENT_API_CONFIG_YAML = JSON.stringify(configuration)
    await using server = await testServer(await newDatabase(), { MANAGEMENT_API_CONFIG_YAML })
    server.clock.advance(parseIso(BEGIN) - server.clock.now())
    await anAccount(server, { uid: PERSON, email: 'mg@example.com' })
    const { app } = await anAuthenticator(server, await anAccount(server, { uid: PROTECTED }))
    server.clock.advance(parseIso(BEGIN) - server.clock.now())
    const world = { server, app }
    assert.equal(pairs.length, 94)
    const met = new Set<string>()
    for (const pair of pairs) {
      await BETWEEN[pair.name]?.(world)
      await server.deliver()
      server.mails.length = 0
      const answer = await server.app.inject(requestOf(world, pair))
      const difference = DIFFERENCES[pair.name]
      if (difference) met.add(pair.name)
      const [status, body] = difference ?? [pair.response.status, comparable(pair.response.body)]
      assert.equal(answer.statusCode, status, `${pair.name}: ${answer.body}`)
      assert.deepEqual(headersIn(answer.headers), expectedHeaders(pair, status), pair.name)
      if (body !== undefined) assert.deepEqual(comparable(answer.body), body, pair.name)
      await server.deliver()
      // From has the name of the sender here, too, as it has in mails of accounts.
      assert.deepEqual(
        server.mails.map(({ subject, reply_to }) => [subject, reply_to]),
        (pair.mails ?? []).map(({ headers }) => [headers['Subject'], headers['Reply-To']]),
        pair.name,
      )
    }
    assert.deepEqual([...met].sort(), Object.keys(DIFFERENCES).sort())
  })
})

/** The recorded media type and keeping, but for what 1.8.26 let clients keep: it is kept nowhere. */
function expectedHeaders({ name, response: { headers } }: Pair, status: number): unknown[] {
  const ours = status === 200 || status === 201 ? 'no-store' : 'no-cache'
  return [headers['Content-Type'], name === 'mg_swagger' ? headers['Cache-Control'] : ours].filter(
    (value) => value !== undefined,
  )
}

const headersIn = (headers: Readonly<Record<string, unknown>>): unknown[] =>
  [headers['content-type'], headers['cache-control']].filter((value) => value !== undefined)

function requestOf(world: World, { name, request: { method, path, headers = {}, json, body } }: Pair) {
  const text = body ?? (json === undefined ? undefined : JSON.stringify(json))
  const payload = text === undefined ? undefined : resigned(world, name, text)
  return { method, url: path, headers, ...(payload === undefined ? {} : { payload }) }
}

/** The recorded request, signed with keys we have; `jti` differs each time as it must. */
function resigned(world: World, name: string, text: string): string {
  const recorded = envelopeIn(text)
  const claims = recorded && claimsOf(recorded.payload)
  if (!recorded || !claims) return text
  if (JSON.stringify(claims).includes(RIGHT_CODE)) world.server.clock.advance(30 * SECOND)
  const said = JSON.stringify({ ...claims, jti: crypto.randomUUID() }, null, name.includes('nonminified') ? 1 : 0)
  const payload = Buffer.from(said.replaceAll(RIGHT_CODE, world.app.code())).toString('base64url')
  const unsigned: SignedRequest = { payload, signatures: [] }
  if (name === 'mg_hs256_confusion') {
    const key = Buffer.from(createPublicKey(applogic.key).export({ type: 'spki', format: 'pem' }))
    return JSON.stringify(addSignature(unsigned, { kid: 'applogic', key, algorithm: 'HS256' }))
  }
  const ours = recorded.signatures.map(({ header: { kid } }) => signed(unsigned, name, kid))
  return JSON.stringify({ payload, signatures: FORGED[name]?.(ours, recorded) ?? ours })
}

type Signatures = SignedRequest['signatures']

/** What was wrong with signatures that were recorded as such. */
const FORGED: Readonly<Record<string, (ours: Signatures, recorded: SignedRequest) => unknown>> = {
  mg_alg_none: (_, recorded) => recorded.signatures,
  mg_tampered_payload: (_, recorded) => recorded.signatures,
  mg_sig_no_protected: (ours) => ours.map(({ header, signature }) => ({ header, signature })),
}

function signed(unsigned: SignedRequest, name: string, kid: string): Signatures[number] {
  const signer = name === 'mg_timestamp_wrong_key' ? aSigner(kid) : signers.get(kid)
  const [signature] = signer ? addSignature(unsigned, signer).signatures : []
  if (!signature) throw new Error(`${name} is signed by ${kid}, who is not known here.`)
  return signature
}

function envelopeIn(text: string): SignedRequest | undefined {
  try {
    const value: SignedRequest | undefined = JSON.parse(text)
    return typeof value?.payload === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** A body without what varies: times and signatures. */
function comparable(text: string): unknown {
  try {
    return JSON.parse(
      text
        .replace(/"timestamp":\d+/, '"timestamp":0')
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'time')
        .replace(/"signature":"[^"]+"/g, '"signature":""'),
    )
  } catch {
    return text
  }
}

const accountOf = ({ deps }: TestServer, uid: string): Promise<Account> =>
  deps.db.selectFrom('accounts').selectAll().where('uid', '=', uid).executeTakeFirstOrThrow()

async function put({ deps }: TestServer, uid: string, patch: RowPatch<'accounts'>): Promise<void> {
  await deps.db.updateTable('accounts').set(patch).where('uid', '=', uid).execute()
}

async function dropLabel(server: TestServer, key: string): Promise<void> {
  const { id } = await accountOf(server, PERSON)
  await deletePrivateLabel(server.deps, { id }, key)
}

async function addLabel(server: TestServer, key: string, value: string): Promise<void> {
  await createPrivateLabel(server.deps, await accountOf(server, PERSON), { key, value })
}

async function addProfile(server: TestServer): Promise<void> {
  const name = { first_name: 'John', last_name: 'Doe', dob: '2000-01-31' }
  const address = { address: 'Main 1', postcode: '123', city: 'Paris', country: 'FR' }
  await createProfile(server.deps, await accountOf(server, PERSON), { ...name, ...address, metadata: { a: 1 } })
}
