import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { endSessions } from '../../src/features/accounts/accounts.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { eventually } from '../support/program.ts'
import { freePort } from '../support/restartable.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { exampleOf, packedSdkForSuite, withServers } from './packed.ts'

const project = packedSdkForSuite()

/** A service as the README shows it, started as its developer would, with the published SDK. */
function startExample(name: string, env: Record<string, string>) {
  withServers(project().folder)
  const program = project().write(`${name}.mts`, exampleOf(name))
  const child = spawn(process.execPath, [program], {
    cwd: project().folder,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  return {
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
    },
  }
}

/** Lets the server's clock follow the real time, which is that of the example's process. */
function inRealTime({ clock }: TestServer): Disposable {
  const follow = () => clock.advance(Date.now() - clock.now())
  follow()
  const timer = setInterval(follow, 50)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

for (const name of ['fastify', 'express', 'hono'])
  test(`the example for ${name} serves whoever bears a good token, and nobody after a sign-out`, async () => {
    await using server = await testServer('sqlite:')
    using _time = inRealTime(server)
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const BARONG_URL = await server.app.listen({ host: '127.0.0.1', port: 0 })
    const port = await freePort()
    using _example = startExample(name, { BARONG_URL, PORT: String(port) })
    const ask = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await fetch(`http://127.0.0.1:${port}/balance`, { headers })
      return { status: answer.status, body: await answer.json(), challenge: answer.headers.get('www-authenticate') }
    }
    await eventually(async () => ask().catch(() => undefined))
    assert.deepEqual(await ask(), { status: 401, body: { error: 'A token is needed' }, challenge: 'Bearer' })
    assert.deepEqual(await ask(`Bearer ${token}`), { status: 200, body: { of: account.uid }, challenge: null })
    const refused = await ask(`Bearer ${token}x`)
    assert.deepEqual([refused.status, refused.challenge], [401, 'Bearer error="invalid_token"'])
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    const after = await eventually(async () => {
      const answer = await ask(`Bearer ${token}`)
      return answer.status === 401 ? answer : undefined
    })
    assert.deepEqual(after.body, { error: 'The token is not valid', reason: 'revoked' })
  })
