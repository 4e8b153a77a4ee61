import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { endSessions, signEverybodyOut } from '../../src/features/accounts/accounts.ts'
import { parseJws } from '../../src/platform/crypto/jws.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { noRuby } from '../support/ruby.ts'
import { testServer } from '../support/server.ts'

const guide = readFileSync(new URL('../../../docs/guides/verifying-tokens.md', import.meta.url), 'utf8')
const [, example = ''] = /```ruby\n([\s\S]*?)```/.exec(guide) ?? []

test("the guide's example in Ruby tells tokens that ended from those that go on", { skip: noRuby }, async () => {
  await using server = await testServer('sqlite:')
  const BARONG_URL = await server.app.listen({ host: '127.0.0.1', port: 0 })
  const judge = async (token: string) =>
    (await promisify(execFile)('ruby', ['-e', example, token], { env: { ...process.env, BARONG_URL } })).stdout.trim()
  const [account, other] = [await anAccount(server), await anAccount(server)]
  const [kept, ended, cut] = [await aToken(server, account), await aToken(server, account), await aToken(server, other)]
  const jti = String(parseJws(kept)?.payload['jti'])
  server.clock.advance(2000)
  await server.deps.db.transaction().execute(async (tx) => {
    await endSessions(server.deps, tx, account, jti)
    await endSessions(server.deps, tx, other)
  })
  assert.deepEqual(await Promise.all([kept, ended, cut].map(judge)), ['good', 'revoked', 'revoked'])
  await signEverybodyOut(server.deps, () => {})
  assert.deepEqual(await Promise.all([kept, await aToken(server, account)].map(judge)), ['revoked', 'good'])
})
