import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aProfile } from '../support/factories.ts'
import { BODIES, faultsIn, HOSTILE, rowCounts } from '../support/hostile.ts'
import { operationsOf } from '../support/operations.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { alex, signedAt, signersAllowed, stranger } from '../support/signers.ts'

const operations = operationsOf('management-api')

/** Requests with one value that it is not made for: in the data, among the claims, or as the data itself. */
function requestsOf(server: TestServer, { method, path }: (typeof operations)[number], signer = alex): InjectOptions[] {
  const send = (claims: object): InjectOptions => ({
    method,
    url: path,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(signedAt(server, { data: {}, ...claims }, [signer])),
  })
  const good = { uid: 'ID1234567890', email: 'a@example.com', key: 'a', value: 'b', state: 'active', role: 'member' }
  const wrong = [
    'uid',
    'email',
    'phone_num',
    'key',
    'value',
    'state',
    'role',
    'scope',
    'password',
    'password_digest',
    'phone',
    'profile',
    'referral_uid',
    'description',
    'otp_code',
    'user_uid',
    'jwt',
    'first_name',
    'dob',
  ]
  return [
    ...[...new Set(wrong)].flatMap((name) => HOSTILE.map((value) => send({ data: { ...good, [name]: value } }))),
    ...HOSTILE.flatMap((value) =>
      ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'data'].map((claim) => send({ [claim]: value })),
    ),
  ]
}

/** Envelopes that are none. */
function envelopes(server: TestServer, { method, path }: (typeof operations)[number]): InjectOptions[] {
  const good = signedAt(server, { data: {} }, [alex])
  const [signature] = good.signatures
  const strange: unknown[] = [
    ...HOSTILE,
    ...HOSTILE.map((payload) => ({ ...good, payload })),
    ...HOSTILE.map((signatures) => ({ ...good, signatures })),
    ...HOSTILE.map((one) => ({ ...good, signatures: [one] })),
    ...HOSTILE.flatMap((value) =>
      ['protected', 'header', 'signature'].map((part) => ({ ...good, signatures: [{ ...signature, [part]: value }] })),
    ),
    { ...good, signatures: Array.from({ length: 1000 }, () => signature) },
  ]
  const json = { 'content-type': 'application/json' }
  return [
    ...strange.map(
      (body): InjectOptions => ({ method, url: path, headers: json, payload: JSON.stringify(body) ?? 'null' }),
    ),
    ...BODIES.map(
      ([type, payload]): InjectOptions => ({ method, url: path, payload, headers: { 'content-type': type } }),
    ),
  ]
}

onEachDatabase('Whatever is sent to the management API', (newDatabase, kind) => {
  const some = kind === 'sqlite' ? operations : operations.filter((_, at) => at % 3 === 0)

  test('is answered with what is wrong, never with 500, where its signer may ask', async () => {
    await using server = await testServer(await newDatabase(), signersAllowed())
    ok(operations.length > 8)
    for (const operation of some) deepEqual(await faultsIn(server, requestsOf(server, operation)), [])
  })

  test('leaves nothing behind where nobody known signed it, or nobody at all', async () => {
    await using server = await testServer(await newDatabase(), signersAllowed())
    await aProfile(server, await anAccount(server))
    const before = await rowCounts(server)
    for (const operation of some) {
      deepEqual(await faultsIn(server, envelopes(server, operation)), [])
      deepEqual(await faultsIn(server, requestsOf(server, operation, stranger).slice(0, 100)), [])
    }
    deepEqual(await rowCounts(server), before)
  })
})
