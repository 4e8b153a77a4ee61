import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Signer } from '../../../../sdk/src/management.ts'
import { addSignature } from '../../../../sdk/src/management.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import {
  alex,
  james,
  jeff,
  manage,
  sendManaged,
  signedAt,
  signersAllowed,
  stranger,
} from '../../../test/support/signers.ts'
import { HOUR, MINUTE, SECOND, seconds } from '../../lib/clock.ts'
import { hexToken } from '../../lib/ids.ts'
import { withoutReferences } from '../../platform/http/components.ts'
import { cleanManagementNonces } from './replays.ts'

/** A request that says this and nothing else. */
const exactly = (claims: Record<string, unknown>, signers: readonly Signer[]) =>
  signers.reduce(addSignature, { payload: Buffer.from(JSON.stringify(claims)).toString('base64url'), signatures: [] })

const JSON_TYPE = { 'content-type': 'application/json' }

onEachDatabase('The door of the management API', (newDatabase) => {
  const open = async (jwt: Record<string, unknown> = {}) => testServer(await newDatabase(), signersAllowed(jwt))
  const now = ({ clock }: TestServer) => seconds(clock.now())

  test('opens to the signer that must sign, alone or with others, known or not', async () => {
    await using server = await open()
    for (const signers of [[alex], [jeff, alex], [alex, stranger], [alex, james]] as const) {
      const answer = await manage(server, '/timestamp', {}, signers)
      assert.deepEqual([answer.status, answer.body], [200, { timestamp: now(server) }])
    }
  })

  test('stays closed to signers who are not enough', async () => {
    await using server = await open()
    const { payload } = signedAt(server, {}, [alex])
    const error = 'Not enough signatures for the action.'
    for (const signers of [[jeff], [james, jeff], [stranger]] as const) {
      const answer = await manage(server, '/timestamp', {}, signers)
      assert.deepEqual([answer.status, answer.body], [401, { error }])
    }
    const unsigned = await sendManaged(server, '/timestamp', { payload, signatures: [] })
    assert.deepEqual([unsigned.status, unsigned.body], [401, { error }])
  })

  test('is closed altogether without a configuration, and to scopes that are not configured', async () => {
    await using closed = await testServer(await newDatabase())
    assert.equal((await manage(closed, '/timestamp')).status, 401)
    const scopes = { tools: { permitted_signers: ['alex'], mandatory_signers: ['alex'] } }
    await using narrow = await testServer(await newDatabase(), signersAllowed({}, scopes))
    assert.equal((await manage(narrow, '/timestamp')).status, 200)
    const answer = await manage(narrow, '/accounts/get')
    assert.deepEqual([answer.status, answer.body], [401, { error: 'Failed to verify JWT.' }])
  })

  test('takes POST and PUT alone, on known and unknown paths', async () => {
    await using server = await open()
    for (const method of ['GET', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'] as const) {
      for (const path of ['/timestamp', '/labels', '/nope', '/swagger_doc/labels']) {
        const answer = await server.app.inject({ method, url: `/management_api/v1${path}` })
        const error = '{"error":"Only POST and PUT verbs are allowed."}'
        assert.deepEqual([answer.statusCode, answer.body], [405, method === 'HEAD' ? '' : error])
        assert.equal(answer.headers.allow, 'POST, PUT')
      }
    }
  })

  test('takes no query, and only JSON', async () => {
    await using server = await open()
    const url = '/management_api/v1/timestamp'
    const payload = JSON.stringify(signedAt(server, {}, [alex]))
    const query = await server.app.inject({ method: 'POST', url: `${url}?a=1`, headers: JSON_TYPE, payload })
    assert.deepEqual([query.statusCode, query.json()], [400, { error: 'Query parameters are not allowed.' }])
    for (const headers of [
      {},
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/jsonp' },
    ]) {
      const answer = await server.app.inject({ method: 'POST', url, headers, payload })
      assert.deepEqual([answer.statusCode, answer.json()], [400, { error: 'Only JSON body is accepted.' }])
    }
    const charset = { 'content-type': 'application/json; charset=utf-8' }
    assert.equal((await server.app.inject({ method: 'POST', url, headers: charset, payload })).statusCode, 200)
  })

  test('tells what is no JSON from what is no envelope', async () => {
    await using server = await open()
    for (const body of ['', '{"a', '\xef\xbb\xbf{}', Buffer.from([0x22, 0xff, 0x22])]) {
      const answer = await sendManaged(server, '/timestamp', body)
      assert.deepEqual([answer.status, answer.body], [400, { error: "Couldn't parse JWT." }])
    }
    const { payload, signatures } = signedAt(server, {}, [alex])
    const [signature] = signatures
    const envelopes: unknown[] = [
      {},
      [],
      '"x"',
      'null',
      { payload },
      { signatures },
      { payload: 1, signatures },
      { payload: '!!', signatures },
      { payload: Buffer.from('[1]').toString('base64url'), signatures },
      { payload, signatures: 'x' },
      { payload, signatures: ['x'] },
      { payload, signatures: [{ ...signature, header: undefined }] },
      { payload, signatures: [{ ...signature, protected: undefined }] },
      { payload, signatures: [{ ...signature, signature: 7 }] },
      { payload, signatures: Array(21).fill(signature) },
    ]
    for (const envelope of envelopes) {
      const answer = await sendManaged(server, '/timestamp', envelope)
      assert.deepEqual(
        [answer.status, answer.body],
        [401, { error: 'Failed to verify JWT.' }],
        JSON.stringify(envelope),
      )
    }
  })

  test('tells only known signers that an endpoint is unknown', async () => {
    await using server = await open()
    for (const [path, method] of [
      ['/nope', 'POST'],
      ['/timestamp', 'PUT'],
      ['/accounts', 'PUT'],
    ] as const) {
      const known = await manage(server, path, {}, [james], method)
      assert.deepEqual([known.status, known.body], [404, { error: 'Unable to find endpoint' }])
      const unknown = await manage(server, path, {}, [stranger], method)
      assert.deepEqual([unknown.status, unknown.body], [401, { error: 'Failed to verify JWT.' }])
    }
  })

  test('looks at the claims of what is signed well enough', async () => {
    await using server = await open({ verify_aud: true, aud: 'barong', require_exp: true })
    const base = { aud: ['barong'], exp: now(server) + 60 }
    assert.equal((await sendManaged(server, '/timestamp', exactly(base, [alex]))).status, 200)
    for (const wrong of [{ ...base, aud: ['peatio'] }, { ...base, exp: now(server) - 60 }, { aud: ['barong'] }]) {
      const answer = await sendManaged(server, '/timestamp', exactly(wrong, [alex]))
      assert.deepEqual([answer.status, answer.body], [401, { error: 'Failed to verify JWT.' }])
      assert.equal((await sendManaged(server, '/timestamp', exactly(wrong, [jeff]))).status, 401)
    }
    const few = await sendManaged(server, '/timestamp', exactly({ ...base, aud: 'peatio' }, [stranger]))
    assert.deepEqual(few.body, { error: 'Not enough signatures for the action.' })
  })

  test('opens to what a request says that it is for, and to no other operation', async () => {
    await using server = await open()
    await using strict = await open({ require_htu: true })
    const own = { htm: 'POST', htu: 'https://accounts.example/management_api/v1/timestamp' }
    for (const [claims, status, wanted] of [
      [own, 200, 200],
      [{ ...own, htu: 'http://barong:3000/prefix/management_api/v1/timestamp?x#y' }, 200, 200],
      [{}, 200, 401],
      [{ htm: 'POST' }, 200, 401],
      [{ htu: own.htu }, 200, 401],
      [{ ...own, htm: 'PUT' }, 401, 401],
      [{ ...own, htm: null }, 401, 401],
      [{ ...own, htu: 'https://accounts.example/management_api/v1/labels' }, 401, 401],
      [{ ...own, htu: '/management_api/v1/timestamp' }, 401, 401],
      [{ ...own, htu: [own.htu] }, 401, 401],
    ] as const)
      for (const [each, expected] of [
        [server, status],
        [strict, wanted],
      ] as const) {
        const request = exactly({ ...claims, jti: hexToken(8) }, [alex])
        const answer = await sendManaged(each, '/timestamp', request)
        assert.equal(answer.status, expected, JSON.stringify(claims))
        if (expected === 401) assert.deepEqual(answer.body, { error: 'Failed to verify JWT.' })
      }
  })

  test('says in the audit log what was wrong with a request that a known signer signed', async () => {
    await using server = await open({ verify_aud: true, aud: 'barong', require_exp: true })
    const right = { aud: 'barong', exp: now(server) + 60 }
    const request = exactly(right, [alex])
    for (const each of [
      request,
      request,
      exactly({ exp: right.exp }, [alex]),
      exactly({ ...right, exp: now(server) }, [alex]),
      exactly({ ...right, jti: '1' }, [jeff]),
    ])
      await sendManaged(server, '/timestamp', each)
    const records = await server.deps.db
      .selectFrom('audit_records')
      .select('code')
      .where('action', '=', 'management.refused')
      .orderBy('id')
      .execute()
    assert.deepEqual(
      records.map(({ code }) => code),
      ['management.usedBefore', 'management.aud', 'management.exp', 'management.unsigned'],
    )
  })

  test('lets each request in once, also when its signatures come in another number or order', async () => {
    await using server = await open()
    const request = signedAt(server, {}, [alex, jeff])
    const again = [
      request,
      { ...request, signatures: request.signatures.slice(0, 1) },
      { ...request, signatures: request.signatures.toReversed() },
      { ...request, signatures: signedAt(server, {}, [stranger]).signatures.concat(request.signatures) },
    ]
    assert.equal((await sendManaged(server, '/timestamp', request)).status, 200)
    for (const replay of again) {
      const answer = await sendManaged(server, '/timestamp', replay)
      assert.deepEqual([answer.status, answer.body], [401, { error: 'Failed to verify JWT.' }])
    }
    assert.equal((await sendManaged(server, '/accounts/get', request)).status, 401)
  })

  test('lets one of many copies in that come at once', async () => {
    await using server = await open()
    for (let round = 0; round < 5; round++) {
      const request = signedAt(server, {}, [alex])
      const answers = await Promise.all(Array.from({ length: 8 }, () => sendManaged(server, '/timestamp', request)))
      assert.equal(answers.filter((answer) => answer.status === 200).length, 1)
    }
  })

  test('knows requests without jti by all they say, and those without exp for ever', async () => {
    await using server = await open()
    const first = exactly({ data: { n: 1 } }, [alex])
    const second = exactly({ data: { n: 2 } }, [alex])
    assert.equal((await sendManaged(server, '/timestamp', first)).status, 200)
    assert.equal((await sendManaged(server, '/timestamp', second)).status, 200)
    server.clock.advance(1000 * HOUR)
    await cleanManagementNonces(server.deps)
    assert.equal((await sendManaged(server, '/timestamp', first)).status, 401)
  })

  test('knows a request again in the form that Rails gives it', async () => {
    await using server = await open()
    const request = exactly({ data: { text: '<a & b> \\\\u003c' } }, [alex])
    const json = Buffer.from(request.payload, 'base64url').toString()
    const escaped = json.replace('<', '\\u003c').replace('>', '\\u003E').replace('&', '\\u0026')
    const sent = { ...request, payload: Buffer.from(escaped).toString('base64url') }
    assert.notEqual(sent.payload, request.payload)
    assert.equal((await sendManaged(server, '/timestamp', sent)).status, 200)
    assert.equal((await sendManaged(server, '/timestamp', request)).status, 401)
    const altered = Buffer.from(escaped.replace('a ', 'b ')).toString('base64url')
    assert.equal((await sendManaged(server, '/timestamp', { ...request, payload: altered })).status, 401)
  })

  test('does not take the same jti of two issuers for one request', async () => {
    await using server = await open()
    assert.equal((await sendManaged(server, '/timestamp', exactly({ iss: 'a', jti: '1' }, [alex]))).status, 200)
    assert.equal((await sendManaged(server, '/timestamp', exactly({ iss: 'b', jti: '1' }, [alex]))).status, 200)
    assert.equal(
      (await sendManaged(server, '/timestamp', exactly({ iss: 'b', jti: '1', data: {} }, [alex]))).status,
      401,
    )
  })

  test('forgets requests a day after they expired, and not before', async () => {
    await using server = await open()
    const count = async () => (await server.deps.db.selectFrom('management_nonces').selectAll().execute()).length
    await manage(server, '/timestamp')
    server.clock.advance(24 * HOUR + MINUTE - SECOND)
    assert.equal(await cleanManagementNonces(server.deps), 0)
    assert.equal(await count(), 1)
    server.clock.advance(2 * SECOND)
    assert.equal(await cleanManagementNonces(server.deps), 1)
    assert.equal(await count(), 0)
  })

  test('describes itself to anybody', async () => {
    await using server = await open()
    const answer = await server.app.inject({ method: 'GET', url: '/management_api/v1/swagger_doc' })
    assert.equal(answer.statusCode, 200)
    const { paths } = answer.json()
    assert.deepEqual(Object.keys(paths).sort(), [
      '/management_api/v1/accounts',
      '/management_api/v1/accounts/erase',
      '/management_api/v1/accounts/get',
      '/management_api/v1/accounts/import',
      '/management_api/v1/labels',
      '/management_api/v1/labels/delete',
      '/management_api/v1/labels/list',
      '/management_api/v1/otp/sign',
      '/management_api/v1/timestamp',
    ])
    const whole = JSON.parse(JSON.stringify(withoutReferences(answer.json())))
    const body = whole.paths['/management_api/v1/labels'].post.requestBody.content['application/json'].schema
    assert.equal(body.properties.payload.format, 'base64url')
    assert.deepEqual(Object.keys(body.properties.payload.contentSchema.properties.data.properties), [
      'account_uid',
      'key',
      'value',
    ])
    const other = await sendManaged(server, '/swagger_doc', {})
    assert.deepEqual([other.status, other.body], [404, { error: 'Unable to find endpoint' }])
  })
})
