import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'

onEachDatabase('Somebody of the staff who looks at their own account', (newDatabase) => {
  const server = sharedServer(newDatabase)

  for (const role of ['support', 'compliance', 'admin'])
    test(`sees nothing of what colleagues note about them, as ${role}`, async () => {
      const account = await anAccount(server(), { role })
      const own = await aToken(server(), account)
      const colleague = await aToken(server(), await anAccount(server(), { role: 'admin' }))
      const call = (token: string, method: string, path: string, json?: object) =>
        server().call(method, `/admin/accounts/${account.uid}${path}`, { token, ...(json ? { json } : {}) })
      assert.equal((await call(colleague, 'POST', '/notes', { text: 'under suspicion' })).status, 204)
      assert.match(JSON.stringify((await call(colleague, 'GET', '/notes')).body), /under suspicion/)
      const actionsSeenBy = async (token: string): Promise<string[]> =>
        (await call(token, 'GET', '/activities')).body.map(({ action }: { action: string }) => action)
      assert.ok((await actionsSeenBy(colleague)).includes('note.added'))

      const refused = { error: 'What is noted about you is for your colleagues' }
      assert.deepEqual(await statusAndBody(call(own, 'GET', '/notes')), [403, refused])
      assert.deepEqual(await statusAndBody(call(own, 'POST', '/notes', { text: 'all is well' })), [403, refused])
      assert.ok(!(await actionsSeenBy(own)).includes('note.added'))
    })
})

async function statusAndBody(reply: Promise<{ status: number; body: unknown }>): Promise<[number, unknown]> {
  const { status, body } = await reply
  return [status, body]
}
