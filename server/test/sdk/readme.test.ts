import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { parse } from 'yaml'
import { createKeyPair } from '../../../sdk/src/index.ts'
import { createVerifier } from '../../../sdk/src/verifier.ts'
import { anAccount, anApplication, PASSWORD } from '../support/factories.ts'
import { eventually, startProgram } from '../support/program.ts'
import { freePort } from '../support/restartable.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { aSigner, keychainEntry } from '../support/signers.ts'
import { exampleOf, packedSdkForSuite, withServers } from './packed.ts'

const GUIDE = join(import.meta.dirname, '../../../docs/guides/management-api.md')
const project = packedSdkForSuite()

/** A server at the real time, as the examples are processes of their own. */
async function aServer(environment: Record<string, string> = {}) {
  const server = await testServer('sqlite:', environment)
  server.clock.advance(Date.now() - server.clock.now())
  return { server, BARONG_URL: await server.app.listen({ host: '127.0.0.1', port: 0 }) }
}

/** Runs an example as a newcomer would, and returns what it prints. */
async function outputOf(name: string, env: Record<string, string>): Promise<string> {
  const program = project().write(`${name}.mts`, exampleOf(name))
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    cwd: project().folder,
    env: { ...process.env, ...env },
  })
  return stdout
}

const personOf = async (server: TestServer, role = 'member') => {
  const { email, uid } = await anAccount(server, { role })
  return { uid, EMAIL: email, PASSWORD, APPLICATION_ID: (await anApplication(server)).uid }
}

test('the example of a person signs in, reads what happened and signs out', async () => {
  const { server, BARONG_URL } = await aServer()
  await using _ = server
  const { uid, ...env } = await personOf(server)
  const output = await outputOf('people', { BARONG_URL, ...env })
  assert.equal(output, `${uid} is of level 1\nsession.created 127.0.0.1\n`)
  const open = await server.deps.db.selectFrom('sessions').selectAll().where('revoked_at', 'is', null).execute()
  assert.deepEqual(open, [])
})

test('the example of staff lists accounts by the name of the operation', async () => {
  const { server, BARONG_URL } = await aServer()
  await using _ = server
  const { uid, ...env } = await personOf(server, 'admin')
  assert.equal(await outputOf('staff', { BARONG_URL, ...env }), `Accounts of level 1, as admin:\n${uid} active\n`)
})

test('the example of errors tells what is wrong with which parameter', async () => {
  const { server, BARONG_URL } = await aServer()
  await using _ = server
  assert.match(await outputOf('errors', { BARONG_URL }), /^password: .{10,}\n$/)
})

test('the example of a program trades its key for tokens that a service takes', async () => {
  const { server, BARONG_URL } = await aServer()
  await using _ = server
  const account = await anAccount(server)
  const { publicKey, privateKey } = await createKeyPair()
  project().write('bot.pem', privateKey)
  const now = new Date().toISOString()
  const row = { account_id: account.id, public_key: publicKey, scopes: 'trade', expires_in: 60, state: 'active' }
  await server.deps.db
    .insertInto('api_keys')
    .values({ uid: 'the-bot', ...row, created_at: now, updated_at: now })
    .execute()
  await using verifier = createVerifier({ url: BARONG_URL, audience: 'trade', revocations: false })
  const trade = createServer(async (request, response) => {
    const verdict = await verifier.verify(request.headers.authorization?.slice(7) ?? '')
    const order: unknown = JSON.parse(await text(request))
    response.end(JSON.stringify('claims' in verdict ? { by: verdict.claims.uid, order } : verdict))
  })
  await new Promise<void>((resolve) => trade.listen(0, '127.0.0.1', resolve))
  const address = trade.address()
  const TRADE_URL = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const output = await outputOf('bot', { BARONG_URL, TRADE_URL, KID: 'the-bot' })
  trade.close()
  assert.equal(output, `200 { by: '${account.uid}', order: { market: 'btcusd' } }\n`)
})

test('the examples of bound tokens: a person is let in by a service that wants proofs, and the token alone is nothing', async () => {
  // Proofs are for the address that the server knows itself by.
  const own = await freePort()
  const BARONG_URL = `http://127.0.0.1:${own}`
  await using server = await testServer('sqlite:', { SESSION_REQUIRE: 'bound_tokens', BARONG_URL })
  server.clock.advance(Date.now() - server.clock.now())
  await server.app.listen({ host: '127.0.0.1', port: own })
  const { uid, ...env } = await personOf(server)
  const PORT = String(await freePort())
  withServers(project().folder)
  const program = project().write('bound-service.mts', exampleOf('bound-service'))
  const service = spawn(process.execPath, [program], {
    cwd: project().folder,
    env: { ...process.env, BARONG_URL, PORT },
  })
  using _service = { [Symbol.dispose]: () => service.kill('SIGKILL') }
  const TRADE_URL = `http://127.0.0.1:${PORT}`
  const challenge = await eventually(async () => {
    const answer = await fetch(`${TRADE_URL}/balance`).catch(() => undefined)
    return answer?.headers.get('www-authenticate') ?? undefined
  })
  assert.equal(challenge, 'DPoP algs="ES256 RS256 EdDSA Ed25519"')
  const output = await outputOf('bound', { BARONG_URL, TRADE_URL, ...env })
  assert.equal(output, `{ of: '${uid}' }\n`)
})

test('the example of all the way signs somebody up and has a service trust the token of their program', async () => {
  await using program = await startProgram('sqlite:')
  withServers(project().folder)
  const picture = sharp({ create: { width: 400, height: 300, channels: 3, background: '#dde' } })
  project().write('passport.png', await picture.png().toBuffer())
  const output = await outputOf('journey', { BARONG_URL: program.url, APPLICATION_ID: program.application_id })
  const known = [
    'private email: verified',
    'private phone: verified',
    'private document: pending',
    'public newsletter: weekly',
  ]
  for (const line of known) assert.ok(output.split('\n').includes(line), output)
  assert.match(output, /\nada-\d+@example\.com may trade at level 2\n$/)
})

for (const name of ['management', 'signers'])
  test(`the example of ${name} sets a label that two services signed for`, async () => {
    // What the guide says about the server and what the examples say about its client go together.
    const guide = parse(/```yaml\n(.*?)```/s.exec(readFileSync(GUIDE, 'utf8'))?.[1] ?? '')
    const signers = [aSigner('backend'), aSigner('compliance', 'ES256')] as const
    for (const { kid, key } of signers)
      project().write(`${kid}.pem`, key.export({ type: 'pkcs8', format: 'pem' }).toString())
    const { server, BARONG_URL } = await aServer({
      MANAGEMENT_API_CONFIG_YAML: JSON.stringify({
        keychain: { backend: keychainEntry(signers[0]), compliance: keychainEntry(signers[1]) },
        jwt: guide.jwt,
        scopes: guide.scopes,
      }),
    })
    await using _ = server
    const { uid, id } = await anAccount(server)
    assert.match(await outputOf(name, { BARONG_URL, ACCOUNT_UID: uid }), /document/)
    const labels = await server.deps.db.selectFrom('labels').selectAll().where('account_id', '=', id).execute()
    assert.ok(labels.some(({ key, value }) => key === 'document' && value === 'verified'))
  })
