import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildApp } from '../../../src/app.ts'
import { EICAR, EICAR_NAME, startClamd } from '../../../test/support/clamd.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aPdf, aPng, multipart } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { memoryAntivirus } from '../../platform/antivirus/memory.ts'

const upload = (content: Buffer, filename = 'x.pdf') =>
  multipart([
    ['doc_type', 'Passport'],
    ['doc_number', 'AB1'],
    ['doc_expire', '2099-01-01'],
    ['upload', { filename, content }],
  ])
const INFECTED = aPdf(EICAR)
const stored = ({ deps }: TestServer) => globSync(join(deps.config.data_dir, 'documents/**/*.blob'))
const recorded = ({ deps }: TestServer) =>
  deps.db.selectFrom('audit_records').selectAll().where('action', '=', 'upload.infected').execute()

onEachDatabase('Where files are looked through by an antivirus', (newDatabase) => {
  // ASVS 5.4.3
  test('an infected document is refused, and nothing of it kept but the record of it', async () => {
    await using clamd = await startClamd()
    await using server = await testServer(await newDatabase(), { BARONG_ANTIVIRUS: clamd.socket })
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const refused = await server.call('POST', '/documents', { token, ...upload(INFECTED) })
    assert.deepEqual(
      [refused.status, refused.body.error],
      [422, 'Upload File is infected with malware and was not kept'],
    )
    assert.deepEqual([stored(server), (await server.call('GET', '/documents', { token })).body], [[], []])
    const [record, ...others] = await recorded(server)
    assert.deepEqual(others, [])
    assert.deepEqual([record?.account_id, record?.result, record?.code], [account.id, 'refused', 'infections.infected'])
    const { what, found, size } = JSON.parse(record?.details ?? '')
    assert.deepEqual([what, found.startsWith(EICAR_NAME), size], ['document', true, INFECTED.length])

    assert.equal((await server.call('POST', '/documents', { token, ...upload(aPdf()) })).status, 201)
    assert.equal((await server.call('POST', '/documents', { token, ...upload(aPng(), 'x.png') })).status, 201)
    assert.equal(stored(server).length, 2)
    assert.equal((await server.app.inject({ url: '/health/deep' })).json().checks.antivirus.status, 'ok')

    await clamd.kill()
    const unseen = await server.call('POST', '/documents', { token, ...upload(aPdf()) })
    assert.deepEqual([unseen.status, unseen.headers['retry-after']], [503, '30'])
    assert.match(unseen.body.error, /cannot be looked through for malware at the moment/)
    assert.equal(stored(server).length, 2)
    const health = await server.app.inject({ url: '/health/deep' })
    assert.deepEqual([health.statusCode, health.json().checks.antivirus.status], [503, 'no answer'])
  })

  test('an infected logo is refused, too', async () => {
    await using server = await testServer(await newDatabase())
    const app = await buildApp({ ...server.deps, antivirus: memoryAntivirus({ [EICAR_NAME]: EICAR }) })
    const authorization = `Bearer ${await aToken(server, await anAccount(server, { role: 'admin' }))}`
    const logo = Buffer.concat([aPng(), Buffer.from(EICAR)]).toString('base64')
    const payload = { domain: 'shop.example', title: 'Shop', logo }
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/admin/websites',
      headers: { authorization },
      payload,
    })
    assert.equal(answer.statusCode, 422, answer.body)
    const [record] = await recorded(server)
    assert.equal(JSON.parse(record?.details ?? '').what, 'logo')
    assert.equal((await server.deps.db.selectFrom('websites').selectAll().execute()).length, 0)
    await app.close()
  })

  test('nothing is looked through, and nobody asks, where none is set', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    assert.equal((await server.call('POST', '/documents', { token, ...upload(INFECTED) })).status, 201)
    assert.equal((await server.app.inject({ url: '/health/deep' })).json().checks.antivirus, undefined)
  })
})
